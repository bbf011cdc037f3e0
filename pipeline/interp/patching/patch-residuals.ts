import { Graph, type Value } from '../../graph/builder.ts';
import type { GraphUse } from '../../graph/graph-use.ts';
import { float32 } from '../../graph/tensor.ts';
import { attentionBias } from '../../models/attention-bias.ts';
import type { Model } from '../../models/model.ts';
import { type Batch, padLeft } from '../../runtime/batch.ts';
import { type CachedRow, KvCache } from '../../runtime/kv-cache.ts';
import { floats } from '../../runtime/outputs.ts';
import { openSession, type Session } from '../../runtime/session.ts';
import { cacheInputs } from '../../runtime/step-graph.ts';
import { keysAndValuesUse, readKeysAndValues } from '../keys-and-values.ts';
import type { Reader, SequencesExtent } from '../reader.ts';
import { steeringHook as residualHook } from '../steering.ts';
import { bySequence, logitDiffAt, placeFeeds, type TokenPair } from './logit-diff-at.ts';
import {
  cutAtMetric,
  type HookValues,
  type PairRow,
  pairsUse,
  readPairs,
  type SequencePair,
} from './read-pairs.ts';

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

/** A reading's set of positions, one patched run. */
interface Job {
  /** Index in the chunk. */
  readonly reading: number;
  readonly place: number;
  /** The first patched position, at which the run begins. */
  readonly start: number;
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
    const values = pairs.map((row) => row.values[i]!);
    for (let at = 0; at < jobs.length; at += reader.batchSize) {
      const part = jobs.slice(at, at + reader.batchSize);
      const metrics = await patchedMetrics(session, chunk, part, { layer, pair, values, caches });
      for (const [row, { reading, place }] of part.entries()) {
        const { places, metricPositions } = chunk[reading]!;
        const { base, estimates } = pairs[reading]!;
        const unchanged = metricPositions.length - metrics[row]!.length;
        patches[reading]![i * places.length + place] = {
          layer,
          place,
          patched: [...base.subarray(0, unchanged), ...metrics[row]!],
          estimate: sumAt(estimates[i]!, places[place]!),
        };
      }
      onRuns(part.length);
    }
  }
  return pairs.map((row, i) => rowOf(row, patches[i]!));
}

/** All patched runs, those of similar length together. */
function jobsOf(chunk: readonly PatchReading[]): Job[] {
  const jobs = chunk.flatMap(({ places }, reading) =>
    places.map((positions, place) => ({ reading, place, start: Math.min(...positions) })),
  );
  const tokens = ({ reading, start }: Job) => chunk[reading]!.ids.length - start;
  return jobs.sort((a, b) => tokens(a) - tokens(b));
}

const rowOf = ({ base, source }: PairRow, patches: readonly PatchedMetric[]): PatchRow => ({
  base: [...base],
  source: [...source],
  patches,
});

const sumAt = (values: Float32Array, positions: readonly number[]): number =>
  positions.reduce((sum, pos) => sum + values[pos]!, 0);

interface ChunkValues {
  readonly layer: number;
  readonly pair: TokenPair;
  /** [reading]: the residual stream after the layer */
  readonly values: readonly HookValues[];
  /** [reading]: of the base */
  readonly caches: readonly CachedRow[];
}

/** [job][metric position from the run's first position on] */
async function patchedMetrics(
  session: Session,
  chunk: readonly PatchReading[],
  jobs: readonly Job[],
  { layer, pair, values, caches }: ChunkValues,
): Promise<Float32Array[]> {
  const readings = jobs.map(({ reading }) => chunk[reading]!);
  const batch = padLeft(
    readings.map(({ ids }) => ids),
    jobs.map(({ start }) => start),
  );
  const positions = readings.map(({ metricPositions }, job) =>
    metricPositions.filter((pos) => pos >= jobs[job]!.start),
  );
  const cache = KvCache.of(
    jobs.map(({ reading, start }) => ({ ...caches[reading]!, length: start })),
  );
  const { positions: tokenPositions, key_positions } = batch.feeds;
  const outputs = await session.run({
    positions: tokenPositions,
    key_positions,
    resid: patchedStreams(
      batch,
      jobs.map(({ reading, place, start }) => ({
        values: values[reading]!,
        positions: chunk[reading]!.places[place]!,
        start,
      })),
    ),
    ...cache.feedsFrom(layer + 1),
    ...placeFeeds(positions, batch, pair),
  });
  return bySequence(floats(outputs, 'metric'), positions);
}

interface Patch {
  readonly values: HookValues;
  readonly positions: readonly number[];
  /** The first of them. */
  readonly start: number;
}

/** [B, T, d]: each base from its first patched position on, with the source's values at its positions; padding is 0. */
function patchedStreams(batch: Batch, patches: readonly Patch[]) {
  const width = patches[0]!.values.base.length / batch.nTokens(0);
  const streams = new Float32Array(batch.rows * batch.length * width);
  patches.forEach(({ values: { base, source }, positions, start }, row) => {
    streams.set(base.subarray(start * width), batch.index(row, start) * width);
    for (const pos of positions)
      streams.set(source.subarray(pos * width, (pos + 1) * width), batch.index(row, pos) * width);
  });
  return float32(streams, [batch.rows, batch.length, width]);
}

/**
 * The layers above one layer. Output `metric` [N, 1]. Inputs: `resid` [B, T, d_model], the residual stream after the
 * layer; `positions` and `key_positions` as in `forward`; keys and values of earlier tokens in the layers that run; those of
 * `logitDiffAt`.
 */
export function patchedResidualsGraph(model: Model, layer: number): Graph {
  const graph = new Graph();
  const weights = model.load(graph);
  const resid = graph.input('resid', 'float32', ['B', 'T', model.dims.dModel]);
  const positions = graph.input('positions', 'int64', ['B', 'T']);
  const keyPositions = graph.input('key_positions', 'int64', ['B', 'T']);
  const biasOn = (keys: Value) => attentionBias(positions, keys, model.windows);
  const cached = cacheInputs(graph, model.dims, layer + 1);
  const above = model.blocks(weights, {
    resid,
    positions,
    bias: biasOn(keyPositions),
    cache: { ...cached, bias: biasOn(cached.positions) },
    from: layer + 1,
  });
  graph.output('metric', logitDiffAt(model, graph, { weights, resid: above.resid }));
  return graph;
}

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
