import type { Dim, Graph, Shape, Value } from '../graph/builder.ts';
import { add, less, matmul, sub, where } from '../graph/ops.ts';
import type { SaeParams, SaeSpec } from './sae.ts';
import { keepLargest } from './top-k.ts';

/** An SAE's parameters inside one graph, and how many features TopK keeps, where it does. */
export type SaeWeights = { readonly [Name in keyof SaeParams]: Value } & Pick<SaeSpec, 'k'>;

/** An activation as an SAE represents it: reconstruction + errorTerm is the output hook's value. */
export interface SparseActivation {
  /** [..., d_sae], non-negative. */
  readonly featureActs: Value;
  /** [..., d_out]: `featureActs · W_dec + b_dec`, plus `x · W_skip` where there is a skip connection. */
  readonly reconstruction: Value;
  /** [..., d_out]: the output hook's value minus the reconstruction. */
  readonly errorTerm: Value;
}

/** The parameters as inputs of the graph, so that one session runs every SAE of a shape. */
export function saeInputs(
  graph: Graph,
  { dIn, dSae, dOut, hasSkip, k }: { dSae: Dim } & Pick<SaeSpec, 'dIn' | 'dOut' | 'hasSkip' | 'k'>,
): SaeWeights {
  const input = (name: string, shape: Shape) => graph.input(name, 'float32', shape);
  return {
    W_enc: input('W_enc', [dIn, dSae]),
    b_enc: input('b_enc', [dSae]),
    W_dec: input('W_dec', [dSae, dOut]),
    b_dec: input('b_dec', [dOut]),
    threshold: input('threshold', [dSae]),
    ...(hasSkip && { W_skip: input('W_skip', [dIn, dOut]) }),
    ...(k !== undefined && { k }),
  };
}

/** `x W_enc + b_enc`: b_dec is not subtracted from x. */
export const preActs = ({ W_enc, b_enc }: SaeWeights, x: Value): Value =>
  add(matmul(x, W_enc), b_enc);

/** Feature activations: JumpReLU, of which TopK keeps the largest. */
export function encode(weights: SaeWeights, x: Value): Value {
  const acts = jumpRelu(weights, preActs(weights, x));
  return weights.k === undefined ? acts : keepLargest(acts, weights.k);
}

/**
 * JumpReLU: `relu(pre) · [pre > threshold]`, with a strict inequality.
 * Source: Rajamanoharan et al. (2024), arXiv 2407.14435, equation 2.
 */
function jumpRelu(weights: SaeWeights, pre: Value): Value {
  const zero = pre.graph.scalar(0, pre.dtype);
  // max(threshold, 0) replaces the ReLU.
  const threshold = where(less(weights.threshold, zero), zero, weights.threshold);
  return where(less(threshold, pre), pre, zero);
}

/** `featureActs · W_dec + b_dec`: the reconstruction without the skip connection. */
export const decode = ({ W_dec, b_dec }: SaeWeights, featureActs: Value): Value =>
  add(matmul(featureActs, W_dec), b_dec);

/** [..., d_out]: `x · W_skip`, the term of the skip connection; null where there is none. */
export const skipTerm = ({ W_skip }: SaeWeights, x: Value): Value | null =>
  W_skip ? matmul(x, W_skip) : null;

/** @param output the value that the SAE reconstructs: x for an SAE, another hook's value for a transcoder */
export function sparseActivation(
  weights: SaeWeights,
  x: Value,
  output: Value = x,
): SparseActivation {
  const featureActs = encode(weights, x);
  const decoded = decode(weights, featureActs);
  const skipped = skipTerm(weights, x);
  const reconstruction = skipped ? add(decoded, skipped) : decoded;
  return { featureActs, reconstruction, errorTerm: sub(output, reconstruction) };
}
