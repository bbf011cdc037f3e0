import type { Dim, Graph, Shape, Value } from '../graph/builder.ts';
import { add, less, matmul, sub, where } from '../graph/ops.ts';
import type { SaeParams } from './sae.ts';

/** An SAE's parameters inside one graph. */
export type SaeWeights = Readonly<Record<keyof SaeParams, Value>>;

/** An activation as an SAE represents it: reconstruction + errorTerm is the output hook's value. */
export interface SparseActivation {
  /** [..., d_sae], non-negative. */
  readonly featureActs: Value;
  /** [..., d_out]: `featureActs · W_dec + b_dec` */
  readonly reconstruction: Value;
  /** [..., d_out]: the output hook's value minus the reconstruction. */
  readonly errorTerm: Value;
}

/** The parameters as inputs of the graph, so that one session runs every SAE of a shape. */
export function saeInputs(
  graph: Graph,
  { dIn, dSae, dOut }: { dIn: number; dSae: Dim; dOut: number },
): SaeWeights {
  const input = (name: string, shape: Shape) => graph.input(name, 'float32', shape);
  return {
    W_enc: input('W_enc', [dIn, dSae]),
    b_enc: input('b_enc', [dSae]),
    W_dec: input('W_dec', [dSae, dOut]),
    b_dec: input('b_dec', [dOut]),
    threshold: input('threshold', [dSae]),
  };
}

/** `x W_enc + b_enc`: b_dec is not subtracted from x. */
export const preActs = ({ W_enc, b_enc }: SaeWeights, x: Value): Value =>
  add(matmul(x, W_enc), b_enc);

/**
 * Feature activations by JumpReLU: `relu(pre) · [pre > threshold]`, with a strict inequality.
 * Source: Rajamanoharan et al. (2024), arXiv 2407.14435, equation 2.
 */
export function encode(weights: SaeWeights, x: Value): Value {
  const pre = preActs(weights, x);
  const zero = pre.graph.scalar(0, pre.dtype);
  // max(threshold, 0) replaces the ReLU.
  const threshold = where(less(weights.threshold, zero), zero, weights.threshold);
  return where(less(threshold, pre), pre, zero);
}

export const decode = ({ W_dec, b_dec }: SaeWeights, featureActs: Value): Value =>
  add(matmul(featureActs, W_dec), b_dec);

/** @param output the value that the SAE reconstructs: x for an SAE, another hook's value for a transcoder */
export function sparseActivation(
  weights: SaeWeights,
  x: Value,
  output: Value = x,
): SparseActivation {
  const featureActs = encode(weights, x);
  const reconstruction = decode(weights, featureActs);
  return { featureActs, reconstruction, errorTerm: sub(output, reconstruction) };
}
