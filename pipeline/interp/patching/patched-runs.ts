import { Graph, type Value } from '../../graph/builder.ts';
import { float32, type Tensor } from '../../graph/tensor.ts';
import { attentionBias } from '../../models/attention-bias.ts';
import type { Model } from '../../models/model.ts';
import { type Batch, padLeft } from '../../runtime/batch.ts';
import { type CachedRow, KvCache } from '../../runtime/kv-cache.ts';
import { floats } from '../../runtime/outputs.ts';
import type { Session } from '../../runtime/session.ts';
import { cacheInputs } from '../../runtime/step-graph.ts';
import { bySequence, logitDiffAt, placeFeeds, type TokenPair } from './logit-diff-at.ts';
import type { HookValues, SequencePair } from './read-pairs.ts';

/** A base that takes the source's residual stream at some positions after a layer. */
export interface PatchedRun extends Pick<SequencePair, 'ids' | 'metricPositions'> {
  /** At least one. */
  readonly positions: readonly number[];
  /** The residual stream after the layer. */
  readonly values: HookValues;
  /** The base's keys and values. */
  readonly cache: CachedRow;
}

/** The first patched position: a run begins there, as nothing before it changes. */
export const startOf = (positions: readonly number[]): number => Math.min(...positions);

/**
 * The metric of every run at its metric positions from its first patched position on.
 * @param session of `patchedResidualsGraph`
 */
export async function patchedMetrics(
  session: Session,
  runs: readonly PatchedRun[],
  { layer, pair }: { readonly layer: number; readonly pair: TokenPair },
): Promise<Float32Array[]> {
  const starts = runs.map(({ positions }) => startOf(positions));
  const batch = padLeft(
    runs.map(({ ids }) => ids),
    starts,
  );
  const cache = KvCache.of(runs.map((run, row) => ({ ...run.cache, length: starts[row]! })));
  const read = runs.map(({ metricPositions }, row) =>
    metricPositions.filter((pos) => pos >= starts[row]!),
  );
  const { positions, key_positions } = batch.feeds;
  const outputs = await session.run({
    positions,
    key_positions,
    resid: patchedStreams(batch, runs, starts),
    ...cache.feedsFrom(layer + 1),
    ...placeFeeds(read, batch, pair),
  });
  return bySequence(floats(outputs, 'metric'), read);
}

/** [B, T, d]: each base from its start on, with the source's values at its positions; padding is 0. */
function patchedStreams(
  batch: Batch,
  runs: readonly PatchedRun[],
  starts: readonly number[],
): Tensor<Float32Array> {
  const width = runs[0]!.values.base.length / batch.nTokens(0);
  const streams = new Float32Array(batch.rows * batch.length * width);
  runs.forEach(({ values: { base, source }, positions }, row) => {
    const start = starts[row]!;
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
