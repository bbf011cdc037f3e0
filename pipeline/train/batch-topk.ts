import { Graph, type Value } from '../graph/builder.ts';
import { indicator, square, total } from '../graph/functions.ts';
import { reshape, split } from '../graph/layout.ts';
import {
  add,
  cast,
  div,
  less,
  matmul,
  mul,
  neg,
  reduceMax,
  reduceSum,
  stopGradient,
  sub,
  topK,
  where,
} from '../graph/ops.ts';
import { vjp } from '../graph/vjp.ts';
import { flatWeights, type Trainable } from './parameters.ts';

export interface CoderShape {
  readonly dIn: number;
  readonly dSae: number;
  readonly dOut: number;
  /** Whether `x W_skip` is added to what is decoded; left out, it is not. */
  readonly hasSkip?: boolean;
}

/** The trained parameters of an SAE or transcoder. */
export const coderTrainable = ({ dIn, dSae, dOut, hasSkip = false }: CoderShape): Trainable => ({
  weights: new Map([
    ['W_enc', [dIn, dSae]],
    ['b_enc', [dSae]],
    ['W_dec', [dSae, dOut]],
    ['b_dec', [dOut]],
    ...(hasSkip ? [['W_skip', [dIn, dOut]] as const] : []),
  ]),
});

/** Rows of a batch from which its threshold is taken: enough of them, and fewer values to sort. */
export const THRESHOLD_ROWS = 256;

/**
 * The loss of a BatchTopK SAE on a batch, `Σ weight · ‖y − ŷ‖² / n`: of all features at all rows, the largest are active,
 * k a row on average. Their bound is that of the first `THRESHOLD_ROWS` rows, which are as random as the others. Outputs:
 * `gradient`, flat as `parameters`; `loss` [1]; `threshold` [1, 1], the smallest active value; `l0` [1].
 *
 * Source: Bussmann, Leask & Nanda (2024), arXiv 2412.06410, section 3.
 */
export function batchTopKGraph(shape: CoderShape, rows: number): Graph {
  const graph = new Graph();
  const { flat, load } = flatWeights(coderTrainable(shape), graph);
  const x = graph.input('x', 'float32', [rows, shape.dIn]);
  const y = graph.input('y', 'float32', [rows, shape.dOut]);
  const weight = graph.input('weight', 'float32', [rows, 1]);
  const count = graph.input('count', 'int64', [1]);
  const pre = rectified(add(matmul(x, load('W_enc')), load('b_enc')));
  const threshold = smallestOfLargest(pre, count);
  const featureActs = where(less(pre, threshold), graph.scalar(0, 'float32'), pre);
  const error = sub(reconstruct(shape, load, { x, featureActs }), y);
  const loss = meanOfRows(mul(square(error), weight), rows);
  graph.output('loss', loss);
  graph.output('threshold', threshold);
  graph.output(
    'l0',
    meanOfRows(indicator(less(graph.scalar(0, 'float32'), featureActs), pre), rows),
  );
  graph.output('gradient', vjp(loss, [flat])[0]!);
  return graph;
}

/** The `count` largest values of the first rows: the smallest of them, [1, 1]. It has no gradient. */
function smallestOfLargest(pre: Value, count: Value): Value {
  const [rows, width] = pre.shape.map(Number) as [number, number];
  const sampled = Math.min(THRESHOLD_ROWS, rows);
  const first = sampled === rows ? pre : split(pre, [sampled, rows - sampled], 0)[0]!;
  const { values } = topK(reshape(stopGradient(first), [1, sampled * width]), count, 'count');
  return stopGradient(neg(reduceMax(neg(values), [1])));
}

/**
 * Sums over rows of an SAE with one threshold for all features: `error`, ‖y − ŷ‖²; `l0`; `fired` [dSae], the number of rows
 * at which each feature is active. Inputs: `parameters`, `x`, `y` and `threshold` [1].
 */
export function evaluationGraph(shape: CoderShape): Graph {
  const graph = new Graph();
  const { load } = flatWeights(coderTrainable(shape), graph);
  const x = graph.input('x', 'float32', ['N', shape.dIn]);
  const y = graph.input('y', 'float32', ['N', shape.dOut]);
  const threshold = graph.input('threshold', 'float32', [1]);
  const pre = rectified(add(matmul(x, load('W_enc')), load('b_enc')));
  const isActive = less(threshold, pre);
  const featureActs = where(isActive, pre, graph.scalar(0, 'float32'));
  const error = sub(reconstruct(shape, load, { x, featureActs }), y);
  const active = indicator(isActive, pre);
  graph.output('error', reshape(total(square(error)), [1]));
  graph.output('l0', reshape(total(active), [1]));
  graph.output('fired', reduceSum(active, [0]));
  return graph;
}

/** `featureActs W_dec + b_dec`, plus `x W_skip` where there is a skip connection. */
function reconstruct(
  { hasSkip = false }: CoderShape,
  load: (name: string) => Value,
  { x, featureActs }: { readonly x: Value; readonly featureActs: Value },
): Value {
  const decoded = add(matmul(featureActs, load('W_dec')), load('b_dec'));
  return hasSkip ? add(decoded, matmul(x, load('W_skip'))) : decoded;
}

function rectified(x: Value): Value {
  const zero = x.graph.scalar(0, x.dtype);
  return where(less(zero, x), x, zero);
}

const meanOfRows = (x: Value, rows: number): Value =>
  div(reshape(total(x), [1]), cast(x.graph.scalar(rows, 'float32'), 'float32'));
