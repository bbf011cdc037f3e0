import { Graph } from '../../graph/builder.ts';
import type { GraphUse } from '../../graph/graph-use.ts';
import { float32 } from '../../graph/tensor.ts';
import { attentionBias } from '../../models/attention-bias.ts';
import type { Model } from '../../models/model.ts';
import { type Batch, padLeft } from '../../runtime/batch.ts';
import { floats } from '../../runtime/outputs.ts';
import { openSession, type Session } from '../../runtime/session.ts';
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
 * 2. For each layer, a graph of the layers above it takes the patched stream as its input.
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

/** Largest number of residual values kept on the host: 2²⁹ are 2 GB. */
const MAX_KEPT = 2 ** 29;

/** The readings in parts whose residual streams, of both sequences and all layers, stay within MAX_KEPT. */
function chunksThatFit(
  { dims: { dModel } }: Model,
  readings: readonly PatchReading[],
  layers: number,
): PatchReading[][] {
  const chunks: PatchReading[][] = [];
  let kept = Number.POSITIVE_INFINITY;
  for (const reading of readings) {
    const size = 2 * reading.ids.length * layers * dModel;
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
}

async function patchChunk(
  reader: Reader,
  chunk: readonly PatchReading[],
  { pair, layers, onRuns }: ChunkOptions,
): Promise<PatchRow[]> {
  const hooks = layers.map(residualHook);
  const pairs = await readPairs(reader, chunk, { hooks, pair, keepValues: true });
  const jobs: Job[] = chunk.flatMap(({ places }, reading) =>
    places.map((_, place) => ({ reading, place })),
  );
  const patches: PatchedMetric[][] = chunk.map(() => []);
  for (const [i, layer] of layers.entries()) {
    await using session = await openSession(patchedResidualsGraph(reader.model, layer), reader);
    for (let start = 0; start < jobs.length; start += reader.batchSize) {
      const part = jobs.slice(start, start + reader.batchSize);
      const metrics = await patchedMetrics(session, chunk, part, {
        pair,
        values: pairs.map(({ values }) => values[i]!),
      });
      for (const [row, { reading, place }] of part.entries())
        patches[reading]!.push({
          layer,
          place,
          patched: [...metrics[row]!],
          estimate: sumAt(pairs[reading]!.estimates[i]!, chunk[reading]!.places[place]!),
        });
      onRuns(part.length);
    }
  }
  return pairs.map((row, i) => rowOf(row, patches[i]!));
}

const rowOf = ({ base, source }: PairRow, patches: readonly PatchedMetric[]): PatchRow => ({
  base: [...base],
  source: [...source],
  patches,
});

const sumAt = (values: Float32Array, positions: readonly number[]): number =>
  positions.reduce((sum, pos) => sum + values[pos]!, 0);

/** [job][metric position] @param values [reading]: the residual stream after the layer */
async function patchedMetrics(
  session: Session,
  chunk: readonly PatchReading[],
  jobs: readonly Job[],
  { pair, values }: { readonly pair: TokenPair; readonly values: readonly HookValues[] },
): Promise<Float32Array[]> {
  const readings = jobs.map(({ reading }) => chunk[reading]!);
  const batch = padLeft(readings.map(({ ids }) => ids));
  const positions = readings.map(({ metricPositions }) => metricPositions);
  const { positions: tokenPositions, key_positions } = batch.feeds;
  const outputs = await session.run({
    positions: tokenPositions,
    key_positions,
    resid: patchedStreams(
      batch,
      jobs.map(({ reading, place }) => ({
        values: values[reading]!,
        positions: chunk[reading]!.places[place]!,
      })),
    ),
    ...placeFeeds(positions, batch, pair),
  });
  return bySequence(floats(outputs, 'metric'), positions);
}

interface Patch {
  readonly values: HookValues;
  readonly positions: readonly number[];
}

/** [B, T, d]: each base with the source's values at its positions; padding is 0. */
function patchedStreams(batch: Batch, patches: readonly Patch[]) {
  const width = patches[0]!.values.base.length / batch.nTokens(0);
  const streams = new Float32Array(batch.rows * batch.length * width);
  patches.forEach(({ values: { base, source }, positions }, row) => {
    const start = batch.index(row, 0) * width;
    streams.set(base, start);
    for (const pos of positions)
      streams.set(source.subarray(pos * width, (pos + 1) * width), start + pos * width);
  });
  return float32(streams, [batch.rows, batch.length, width]);
}

/**
 * The layers above one layer. Output `metric` [N, 1]. Inputs: `resid` [B, T, d_model], the residual stream after the
 * layer; `positions` and `key_positions` as in `forward`; those of `logitDiffAt`.
 */
export function patchedResidualsGraph(model: Model, layer: number): Graph {
  const graph = new Graph();
  const weights = model.load(graph);
  const resid = graph.input('resid', 'float32', ['B', 'T', model.dims.dModel]);
  const positions = graph.input('positions', 'int64', ['B', 'T']);
  const keyPositions = graph.input('key_positions', 'int64', ['B', 'T']);
  const bias = attentionBias(positions, keyPositions, model.windows);
  const above = model.blocks(weights, { resid, positions, bias, from: layer + 1 });
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
    {
      name: 'patched residuals',
      graph: () => patchedResidualsGraph(model, 0),
      sizes: (B) => ({ B, T: tokens, N: Math.ceil(B * positions) }),
    },
  ];
}
