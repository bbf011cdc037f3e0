import type { Graph, Value } from '../graph/builder.ts';
import { reshape, split } from '../graph/layout.ts';
import { gather, gatherElements, sub } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { int64 } from '../graph/tensor.ts';
import type { Forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import type { Batch } from '../runtime/batch.ts';
import type { Feeds } from '../runtime/session.ts';
import type { Sequence } from './reader.ts';

/** A sequence with its metric: the logit of the first token of `pair` minus that of the second, after `metricPos`. */
export interface MetricReading extends Sequence {
  readonly metricPos: number;
  /** Token ids. */
  readonly pair: readonly [number, number];
}

/**
 * [B, 1]: the metric of every sequence, from softcapped logits. The graph gets inputs, whose feeds `metricFeeds`
 * returns.
 */
export function logitDiff(
  model: Model,
  graph: Graph,
  { weights, resid }: Pick<Forward, 'weights' | 'resid'>,
): Value {
  const rows = graph.input('metric_rows', 'int64', ['B']);
  const pairs = graph.input('pairs', 'int64', ['B', 2]);
  const last = gather(reshape(resid, [product(['B', 'T']), model.dims.dModel]), rows);
  const chosen = gatherElements(model.unembed(weights, last).logits, pairs);
  const [a, b] = split(chosen, [1, 1], -1);
  return sub(a, b);
}

export function metricFeeds(readings: readonly MetricReading[], batch: Batch): Feeds {
  const rows = batch.indices(readings.map(({ metricPos }) => [metricPos]));
  const pairs = readings.flatMap(({ pair }) => pair);
  return {
    metric_rows: int64(rows, [readings.length]),
    pairs: int64(pairs, [readings.length, 2]),
  };
}
