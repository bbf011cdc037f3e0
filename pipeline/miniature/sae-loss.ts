import { Graph, type Value } from '../graph/builder.ts';
import { indicator, scale, shift, square, total } from '../graph/functions.ts';
import { reshape } from '../graph/layout.ts';
import {
  add,
  cast,
  div,
  exp,
  less,
  mul,
  reduceSum,
  stopGradient,
  sub,
  where,
} from '../graph/ops.ts';
import { vjp } from '../graph/vjp.ts';
import { decode, preActs } from '../sae/jump-relu.ts';
import { flatWeights, type Trainable } from '../train/parameters.ts';

export interface SaeShape {
  readonly dIn: number;
  readonly dSae: number;
  readonly dOut: number;
}

/** The trained parameters; thresholds are trained as logarithms, so that they stay positive. */
export const saeTrainable = ({ dIn, dSae, dOut }: SaeShape): Trainable => ({
  weights: new Map([
    ['W_enc', [dIn, dSae]],
    ['b_enc', [dSae]],
    ['W_dec', [dSae, dOut]],
    ['b_dec', [dOut]],
    ['log_threshold', [dSae]],
  ]),
});

/** Width of the rectangular kernel: pre-activations within it have a gradient with respect to the threshold. */
const BANDWIDTH = 0.1;

/**
 * The loss of a JumpReLU SAE on a batch, `Σ weight · ‖y − ŷ‖² / n + λ · L0`. Outputs: `gradient`, flat as `parameters`;
 * `error` [1], the unweighted mean of ‖y − ŷ‖²; `l0` [1]; `fired` [dSae], the number of rows where a feature is active.
 *
 * Source: Rajamanoharan et al. (2024), arXiv 2407.14435, section 4: the jump's derivative with respect to its
 * threshold is estimated by a rectangular kernel.
 */
export function saeLossGraph(shape: SaeShape): Graph {
  const graph = new Graph();
  const { flat, load } = flatWeights(saeTrainable(shape), graph);
  const x = graph.input('x', 'float32', ['N', shape.dIn]);
  const y = graph.input('y', 'float32', ['N', shape.dOut]);
  const weight = graph.input('weight', 'float32', ['N', 1]);
  const lambda = graph.input('lambda', 'float32', [1]);
  const threshold = exp(load('log_threshold'));
  const weights = {
    W_enc: load('W_enc'),
    b_enc: load('b_enc'),
    W_dec: load('W_dec'),
    b_dec: load('b_dec'),
    threshold,
  };
  const pre = preActs(weights, x);
  const zero = graph.scalar(0, 'float32');
  const active = jumpWithGradient(pre, threshold);
  const featureActs = mul(where(less(zero, pre), pre, zero), active);
  const error = sub(decode(weights, featureActs), y);
  const n = cast(graph.dim('N'), 'float32');
  const mean = (x: Value) => div(reshape(total(x), [1]), n);
  const weighted = mean(mul(square(error), weight));
  const l0 = mean(active);
  const loss = add(weighted, mul(lambda, l0));
  graph.output('error', mean(square(error)));
  graph.output('l0', l0);
  graph.output('fired', reduceSum(indicator(less(threshold, pre), pre), [0]));
  graph.output('gradient', vjp(loss, [flat])[0]!);
  return graph;
}

/** 1 where `pre` exceeds the threshold, else 0. Its gradient is the kernel's for the threshold, and 0 for `pre`. */
function jumpWithGradient(pre: Value, threshold: Value): Value {
  const distance = sub(stopGradient(pre), threshold);
  const ramp = clamp01(shift(scale(distance, 1 / BANDWIDTH), 0.5));
  const jump = indicator(less(threshold, pre), pre);
  return add(stopGradient(sub(jump, ramp)), ramp);
}

function clamp01(x: Value): Value {
  const [zero, one] = [0, 1].map((bound) => x.graph.scalar(bound, x.dtype)) as [Value, Value];
  return where(less(x, zero), zero, where(less(one, x), one, x));
}
