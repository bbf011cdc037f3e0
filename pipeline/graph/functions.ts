/** Functions that models and metrics share, composed of the operators in ops.ts. */
import type { Value } from './builder.ts';
import {
  add,
  cast,
  exp,
  log,
  mul,
  neg,
  reciprocal,
  reduceMax,
  reduceMean,
  reduceSum,
  sqrt,
  stopGradient,
  sub,
  tanh,
} from './ops.ts';

export const scale = (x: Value, by: number): Value => mul(x, x.graph.scalar(by, x.dtype));
export const shift = (x: Value, by: number): Value => add(x, x.graph.scalar(by, x.dtype));
export const square = (x: Value): Value => mul(x, x);

/** `cap · tanh(x / cap)`: bounded by ±cap, the identity near 0. */
export const softcap = (x: Value, cap: number): Value => scale(tanh(scale(x, 1 / cap)), cap);

/**
 * GELU in its tanh form: `x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`. Source: Hendrycks & Gimpel (2016).
 * The order of the products affects the last bit: it is the order that the committed miniature was trained with.
 */
export function gelu(x: Value): Value {
  const inner = scale(add(x, scale(mul(x, square(x)), 0.044715)), Math.sqrt(2 / Math.PI));
  return mul(scale(x, 0.5), shift(tanh(inner), 1));
}

/** SiLU, `x σ(x)`, computed as `x/2 (1 + tanh(x/2))`: exp(−x) could overflow, with a NaN gradient. */
export function silu(x: Value): Value {
  const half = scale(x, 0.5);
  return mul(half, shift(tanh(half), 1));
}

/** `1 / √(mean x² + eps)` over the last axis, which keeps length 1. Source: Zhang & Sennrich (2019). */
export const inverseRms = (x: Value, eps: number): Value =>
  reciprocal(sqrt(shift(reduceMean(square(x), [-1]), eps)));

/** `ln Σ exp x` over the last axis, which keeps length 1. */
export function logSumExp(x: Value): Value {
  const max = stopGradient(reduceMax(x, [-1]));
  return add(max, log(reduceSum(exp(sub(x, max)), [-1])));
}

export const logSoftmax = (x: Value): Value => sub(x, logSumExp(x));

/** Entropy in nats of softmax(x) over the last axis, which keeps length 1. */
export function entropyOfLogits(x: Value): Value {
  const logProbs = logSoftmax(x);
  return neg(reduceSum(mul(exp(logProbs), logProbs), [-1]));
}

/** Sum of all elements; every axis keeps length 1. */
export const total = (x: Value): Value =>
  reduceSum(
    x,
    x.shape.map((_, axis) => axis),
  );

/** 1 where the condition is true, else 0, in the type of `like`. */
export const indicator = (condition: Value, like: Value): Value => cast(condition, like.dtype);
