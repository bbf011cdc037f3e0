import type { GraphUse } from '../../graph/graph-use.ts';
import type { Model } from '../../models/model.ts';
import { output } from '../../runtime/outputs.ts';
import { openSession } from '../../runtime/session.ts';
import type { SaeFile, SaeSpec } from '../../sae/sae.ts';
import { modelAndSaeUses } from '../model-and-sae-uses.ts';
import { type Reader, type SequencesExtent, sequenceBatches } from '../reader.ts';
import { SaeSessions } from '../sae-sessions.ts';
import { coderGraph } from './coder-graph.ts';
import { type HookStatistics, readHookStatistics } from './hook-statistics.ts';
import { patchedGraph, patchedRuns, widthsOf } from './patched-graph.ts';
import { type QualityReading, type SaeQuality, Tally } from './tally.ts';

export interface QualityOptions {
  /** Measure these of the SAEs alone, by the same graphs; all where left out. */
  readonly only?: readonly SaeSpec[];
  /** Those of the hooks that the SAEs rebuild, over the same lists; read where left out. */
  readonly statistics?: ReadonlyMap<string, HookStatistics>;
  /** @param done, total number of pairs of SAE and batch */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Measure how well SAEs reconstruct activations of a model.
 *
 * 1. One pass over all sequences gives each hook's mean, and the norm above which its values are outliers.
 * 2. One clean forward pass per batch computes the cross-entropy and the values of all hooks.
 * 3. For each SAE, three more passes compute the cross-entropy with its output hook replaced: by the reconstruction, by
 *    zero, and by the hook's mean. Uncounted positions (BOS) stay as they are: SAEs are not trained on them. How the SAE
 *    would do there is told apart, under the kind `first`.
 *
 * Source: Gao et al. (2024), arXiv 2406.04093, section 4.
 */
export async function saeQuality(
  reader: Reader,
  saes: readonly SaeFile[],
  readings: readonly QualityReading[],
  { only = saes, statistics, onProgress }: QualityOptions = {},
): Promise<SaeQuality[]> {
  await using model = await openSession(patchedGraph(reader.model, saes), reader);
  await using coders = new SaeSessions(reader, coderGraph);
  const ofHooks = statistics ?? (await readHookStatistics(reader, saes, readings));
  const measured = saes.filter(({ id }) => only.some((sae) => sae.id === id));
  const tallies = measured.map((sae) => {
    const ofHook = ofHooks.get(sae.outputHook)!;
    return { sae, mean: ofHook.mean, tally: new Tally(sae, reader.uncounted, ofHook.outlierBound) };
  });
  const total = measured.length * Math.ceil(readings.length / reader.batchSize);
  let done = 0;
  for (const part of sequenceBatches(reader, readings)) {
    const counted = part.batch.mask(reader.uncounted);
    const runs = patchedRuns(model, part, { widths: widthsOf(saes), counted });
    const clean = await runs.clean();
    for (const { sae, mean, tally } of tallies) {
      const coder = await coders.sessionFor(sae);
      const [x, y] = [output(clean, sae.hook), output(clean, sae.outputHook)];
      const { params } = await sae.load();
      const coded = await coder.run({ ...params, x, y, counted });
      const spliced = await runs.patched(sae.outputHook, output(coded, 'reconstruction'));
      const zero = runs.constant(new Float32Array(sae.dOut));
      const zeroed = await runs.patched(sae.outputHook, zero);
      const averaged = await runs.patched(sae.outputHook, runs.constant(mean));
      tally.count(part, { clean, coded, spliced, zeroed, averaged });
      done += 1;
      onProgress?.(done, total);
    }
  }
  return tallies.map(({ tally }) => tally.quality());
}

/** The model's graph, and one graph for each shape of SAE. */
export function saeQualityUses(
  model: Model,
  saes: readonly SaeSpec[],
  extent: SequencesExtent,
): GraphUse[] {
  return modelAndSaeUses(saes, extent, { model: () => patchedGraph(model, saes), sae: coderGraph });
}
