import type { Graph, Value } from '../../graph/builder.ts';
import { reshape, split } from '../../graph/layout.ts';
import { gather, sub } from '../../graph/ops.ts';
import { product } from '../../graph/shape.ts';
import { int64 } from '../../graph/tensor.ts';
import type { Forward } from '../../models/forward.ts';
import type { Model } from '../../models/model.ts';
import type { Batch } from '../../runtime/batch.ts';
import type { Feeds } from '../../runtime/session.ts';

/** Token ids. The logit difference is the first token's logit minus the second's. */
export type TokenPair = readonly [number, number];

/**
 * [N, 1]: the logit difference of one pair of tokens at N positions, from softcapped logits. Only two columns of the
 * unembedding are used. The graph gets inputs, whose feeds `placeFeeds` returns.
 */
export function logitDiffAt(
  model: Model,
  graph: Graph,
  { weights, resid }: Pick<Forward, 'weights' | 'resid'>,
): Value {
  const places = graph.input('places', 'int64', ['N']);
  const pair = graph.input('pair', 'int64', [2]);
  const rows = gather(reshape(resid, [product(['B', 'T']), model.dims.dModel]), places);
  const [a, b] = split(model.unembed(weights, rows, { ids: pair }).logits, [1, 1], -1);
  return sub(a, b);
}

/** @param positions [row]: positions in each sequence at which the logit difference is read */
export function placeFeeds(
  positions: readonly (readonly number[])[],
  batch: Batch,
  pair: TokenPair,
): Feeds {
  const places = batch.indices(positions);
  return { places: int64(places, [places.length]), pair: int64(pair, [2]) };
}

/** The values of each sequence, from those of all N positions in order. */
export function bySequence(
  values: Float32Array,
  positions: readonly (readonly number[])[],
): Float32Array[] {
  let start = 0;
  return positions.map(({ length }) => {
    start += length;
    return values.slice(start - length, start);
  });
}
