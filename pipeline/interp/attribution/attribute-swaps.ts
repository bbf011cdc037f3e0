import { type GraphUse, limitBatch } from '../../graph/graph-use.ts';
import { int64 } from '../../graph/tensor.ts';
import { type Batch, padLeft } from '../../runtime/batch.ts';
import { floats, ints, output } from '../../runtime/outputs.ts';
import { type Fetches, openSession } from '../../runtime/session.ts';
import type { SaeFile, SaeSpec } from '../../sae/sae.ts';
import { metricFeeds } from '../logit-diff.ts';
import { type Reader, type SequencesExtent, sequenceBatches } from '../reader.ts';
import { deepestOfEachShape, SaeSessions } from '../sae-sessions.ts';
import type { AttributionReading } from './attribute-saes.ts';
import { PARTS, type Part } from './attribution-graph.ts';
import { gradientGraph, hookFeeds } from './gradient-graph.ts';
import { swapAxis, swapGraph, swapOutputs } from './swap-graph.ts';

/** A sequence whose metric is attributed, and the same sequence with the qualifier of its prompt swapped. */
export interface SwapReading extends AttributionReading {
  readonly swappedIds: readonly number[];
}

/** A feature at a position whose value changes with the swap. */
export interface SwappedFeature {
  readonly pos: number;
  readonly feature: number;
  readonly featureAct: number;
  /** Its activation after the swapped prompt. */
  readonly swappedAct: number;
  /** What its value adds to the metric over the swapped one, to first order. */
  readonly attribution: number;
}

/** The features of one sequence that add most to its metric, by part of the sequence, largest first. */
export type SwapRow = Readonly<Record<Part, readonly SwappedFeature[]>>;

export interface SwapOptions {
  /** Features in each ranking. */
  readonly top: number;
  /** @param first index of the reading of the first row */
  readonly onRows: (sae: SaeSpec, first: number, rows: readonly SwapRow[]) => void;
  readonly onProgress?: (done: number) => void;
}

/**
 * Attribute the difference that a swapped qualifier makes to the features of many SAEs: both sequences have the same
 * tokens but one, so that their positions match. One backward pass of the clean sequence, one more forward pass.
 */
export async function attributeSwaps(
  reader: Reader,
  saes: readonly SaeFile[],
  readings: readonly SwapReading[],
  { top, onRows, onProgress }: SwapOptions,
): Promise<void> {
  await using gradients = await openSession(gradientGraph(reader.model, saes), reader);
  await using sessions = new SaeSessions(reader, swapGraph);
  const hooks = [...new Set(saes.map(({ hook }) => hook))];
  let done = 0;
  for (const { batch, sequences } of sequenceBatches(reader, readings)) {
    const metric = metricFeeds(sequences, batch);
    const clean = await gradients.run({ ...batch.feeds, ...metric });
    const swappedFeeds = padLeft(sequences.map(({ swappedIds }) => swappedIds)).feeds;
    const swapped = await gradients.run({ ...swappedFeeds, ...metric }, hooks);
    const masks = Object.fromEntries(
      PARTS.map((part) => [
        part,
        batch.mask(
          reader.uncounted,
          sequences.map(({ lengths }) => lengths[part]),
        ),
      ]),
    );
    for (const sae of saes) {
      const session = await sessions.sessionFor(sae);
      const { params, dSae } = await sae.load();
      const { x, gradient } = hookFeeds(sae, clean);
      const outputs = await session.run({
        ...params,
        ...masks,
        x,
        gradient,
        swapped: output(swapped, sae.hook),
        k: int64([Math.min(top, batch.length * dSae)], [1]),
      });
      const rows = sequences.map(({ lengths }, row) =>
        swapRow({ outputs, batch, dSae }, row, lengths),
      );
      onRows(sae, done, rows);
    }
    done += sequences.length;
    onProgress?.(done);
  }
}

interface SwapBatch {
  readonly outputs: Fetches;
  readonly batch: Batch;
  readonly dSae: number;
}

const swapRow = (
  part: SwapBatch,
  row: number,
  lengths: AttributionReading['lengths'],
): SwapRow => ({
  prompt: rankedFeatures(part, row, 'prompt', lengths.prompt),
  prefix: rankedFeatures(part, row, 'prefix', lengths.prefix),
});

/** Features that change and add to the metric, in descending order. @param end of the part */
function rankedFeatures(
  { outputs, batch, dSae }: SwapBatch,
  row: number,
  part: Part,
  end: number,
): SwappedFeature[] {
  const names = swapOutputs(part);
  const index = ints(outputs, names.index);
  const [acts, swapped, attributions] = [names.act, names.swappedAct, names.attribution].map(
    (name) => floats(outputs, name),
  ) as [Float32Array, Float32Array, Float32Array];
  const k = index.length / batch.rows;
  return Array.from({ length: k }, (_, rank) => row * k + rank)
    .map((i) => ({
      pos: batch.position(row, Math.floor(Number(index[i]) / dSae)),
      feature: Number(index[i]) % dSae,
      featureAct: acts[i]!,
      swappedAct: swapped[i]!,
      attribution: attributions[i]!,
    }))
    .filter(({ pos, attribution }) => attribution > 0 && pos < end);
}

/** One swap graph for each shape of SAE; the gradient graph is that of `attributeSaes`. */
export function swapUses(
  saes: readonly SaeSpec[],
  { tokens, sequences, top }: SequencesExtent & { readonly top: number },
): GraphUse[] {
  const lengths = Object.fromEntries(PARTS.map((part) => [swapAxis(part), top]));
  const sizes = (B: number) => ({ B, T: tokens, ...lengths });
  return deepestOfEachShape(saes).map((sae) =>
    limitBatch(sequences, { name: `${sae.id} swap`, graph: () => swapGraph(sae), sizes }),
  );
}
