import type { GraphUse } from '../../graph/graph-use.ts';
import type { Model } from '../../models/model.ts';
import { openSession } from '../../runtime/session.ts';
import { keysAndValuesUse, readKeysAndValues } from '../keys-and-values.ts';
import type { Reader, SequencesExtent } from '../reader.ts';
import { steeringHook as residualHook } from '../steering.ts';
import type { TokenPair } from './logit-diff-at.ts';
import { type PatchedRun, patchedMetrics, patchedResidualsGraph, startOf } from './patched-runs.ts';
import { cutAtMetric, type PairRow, pairsUse, readPairs, type SequencePair } from './read-pairs.ts';

/** A pair of sequences, and the sets of positions at which the base takes the source's residual stream. */
export interface PatchReading extends SequencePair {
  /** Each with at least one position, none after the last metric position. */
  readonly places: readonly (readonly number[])[];
}

/** What patching one set of positions after one layer does. */
export interface PatchedMetric {
  readonly layer: number;
  /** Index among the reading's places. */
  readonly place: number;
  /** [metric position]: the base's metric with the patch. */
  readonly patched: readonly number[];
  /** To first order, the change of the metric at the last metric position (`PairRow.estimates`). */
  readonly estimate: number;
}

export interface PatchRow {
  /** [metric position]: of the base. */
  readonly base: readonly number[];
  /** [metric position]: of the source. */
  readonly source: readonly number[];
  /** One for each layer and place. */
  readonly patches: readonly PatchedMetric[];
}

export interface PatchOptions {
  readonly pair: TokenPair;
  /** The layers after which the residual stream is patched, one at a time. */
  readonly layers: readonly number[];
  /** @param done number of patched runs */
  readonly onProgress?: (done: number) => void;
}

/**
 * Activation patching of the residual stream: the base is run with the source's values of `hook_resid_post` at some
 * positions after one layer, and the metric is read.
 *
 * 1. One forward pass of each sequence gives all residual streams; one backward pass of the base the estimates.
 * 2. For each layer, a graph of the layers above it takes the patched stream as its input, from the first patched position on:
 *    keys and values of earlier positions are the base's, which are read once.
 *
 * Source: Meng et al. (2022), arXiv 2202.05262, and Zhang & Nanda (2024), arXiv 2309.16042, with logit differences.
 */
export async function patchResiduals(
  reader: Reader,
  readings: readonly PatchReading[],
  { pair, layers, onProgress }: PatchOptions,
): Promise<PatchRow[]> {
  const cut = readings.map(cutAtMetric);
  const rows: PatchRow[] = [];
  let done = 0;
  const onRuns = (n: number) => {
    done += n;
    onProgress?.(done);
  };
  for (const chunk of chunksThatFit(reader.model, cut, layers.length))
    rows.push(...(await patchChunk(reader, chunk, { pair, layers, onRuns })));
  return rows;
}

/** Number of patched runs, for progress. */
export const countPatchedRuns = (readings: readonly PatchReading[], layers: number): number =>
  layers * readings.reduce((sum, { places }) => sum + places.length, 0);

/** Largest number of values kept on the host: 2²⁹ are 2 GB. */
const MAX_KEPT = 2 ** 29;

/** The readings in parts whose residual streams, of both sequences and all layers, and keys and values stay within MAX_KEPT. */
function chunksThatFit(
  { dims: { dModel, nLayers, nKeyValueHeads, dHead } }: Model,
  readings: readonly PatchReading[],
  layers: number,
): PatchReading[][] {
  const chunks: PatchReading[][] = [];
  let kept = Number.POSITIVE_INFINITY;
  for (const reading of readings) {
    const aToken = 2 * (layers * dModel + nLayers * nKeyValueHeads * dHead);
    const size = reading.ids.length * aToken;
    if (kept + size > MAX_KEPT) {
      chunks.push([]);
      kept = 0;
    }
    chunks.at(-1)!.push(reading);
    kept += size;
  }
  return chunks;
}

interface ChunkOptions {
  readonly pair: TokenPair;
  readonly layers: readonly number[];
  readonly onRuns: (runs: number) => void;
}

async function patchChunk(
  reader: Reader,
  chunk: readonly PatchReading[],
  { pair, layers, onRuns }: ChunkOptions,
): Promise<PatchRow[]> {
  const hooks = layers.map(residualHook);
  const pairs = await readPairs(reader, chunk, { hooks, pair, keepValues: true });
  const caches = await readKeysAndValues(reader, chunk);
  const jobs = jobsOf(chunk);
  const patches: PatchedMetric[][] = chunk.map(() => []);
  for (const [i, layer] of layers.entries()) {
    await using session = await openSession(patchedResidualsGraph(reader.model, layer), reader);
    for (let at = 0; at < jobs.length; at += reader.batchSize) {
      const part = jobs.slice(at, at + reader.batchSize);
      const runs = part.map(
        ({ reading, positions }): PatchedRun => ({
          ...chunk[reading]!,
          positions,
          values: pairs[reading]!.values[i]!,
          cache: caches[reading]!,
        }),
      );
      const metrics = await patchedMetrics(session, runs, { layer, pair });
      for (const [row, { reading, place, positions }] of part.entries()) {
        const { base, estimates } = pairs[reading]!;
        const unchanged = base.length - metrics[row]!.length; // before the first patched position
        patches[reading]![i * chunk[reading]!.places.length + place] = {
          layer,
          place,
          patched: [...base.subarray(0, unchanged), ...metrics[row]!],
          estimate: sumAt(estimates[i]!, positions),
        };
      }
      onRuns(part.length);
    }
  }
  return pairs.map((row, i) => rowOf(row, patches[i]!));
}

/** A reading's set of positions, one patched run. */
interface Job {
  /** Index in the chunk. */
  readonly reading: number;
  readonly place: number;
  readonly positions: readonly number[];
}

/** All patched runs, those of similar length together. */
function jobsOf(chunk: readonly PatchReading[]): Job[] {
  const jobs = chunk.flatMap(({ places }, reading) =>
    places.map((positions, place) => ({ reading, place, positions })),
  );
  const tokens = ({ reading, positions }: Job) => chunk[reading]!.ids.length - startOf(positions);
  return jobs.sort((a, b) => tokens(a) - tokens(b));
}

const rowOf = ({ base, source }: PairRow, patches: readonly PatchedMetric[]): PatchRow => ({
  base: [...base],
  source: [...source],
  patches,
});

const sumAt = (values: Float32Array, positions: readonly number[]): number =>
  positions.reduce((sum, pos) => sum + values[pos]!, 0);

/** The gradients at all residual streams, and the graph that starts at the first layer. */
export function patchingUses(
  model: Model,
  extent: SequencesExtent & { readonly positions: number },
): GraphUse[] {
  const hooks = Array.from({ length: model.dims.nLayers }, (_, layer) => residualHook(layer));
  const { tokens, positions } = extent;
  return [
    pairsUse(model, hooks, extent),
    keysAndValuesUse(model, extent),
    {
      name: 'patched residuals',
      graph: () => patchedResidualsGraph(model, 0),
      sizes: (B) => ({ B, T: tokens, S: tokens, N: Math.ceil(B * positions) }),
    },
  ];
}
