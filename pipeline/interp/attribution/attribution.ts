import type { Value } from '../../graph/builder.ts';
import { gemm, mul, reduceSum, reshape, sub } from '../../graph/ops.ts';
import { product } from '../../graph/shape.ts';
import type { SaeWeights } from '../../sae/jump-relu.ts';

/** Terms of `gradient · output` at each position; they add up to it. */
export interface Attribution {
  /** [..., d_sae]: `featureActs[f] · (W_dec[f] · gradient)` */
  readonly features: Value;
  /** [...]: `errorTerm · gradient` */
  readonly error: Value;
  /** [...]: `b_dec · gradient` */
  readonly bias: Value;
}

/**
 * Attribution of a metric to every feature of one SAE: activation × gradient.
 *
 * An SAE with its error term leaves the forward pass unchanged. The gradient with respect to its output is therefore
 * the gradient of the plain model at the output hook, and the backward pass needs no SAE.
 *
 * The error's attribution is computed as `gradient · output` minus the terms of features and bias. This saves computing
 * the reconstruction.
 *
 * Source: Marks et al. (2024), arXiv 2403.19647, section 3.1.
 *
 * @param featureActs [B, T, d_sae]
 * @param output [B, T, d_out]: the value at the SAE's output hook
 * @param gradient [B, T, d_out]: the metric's gradient with respect to that value
 */
export function attribute(
  { W_dec, b_dec }: SaeWeights,
  featureActs: Value,
  output: Value,
  gradient: Value,
): Attribution {
  const lead = gradient.shape.slice(0, -1);
  const [dSae, dOut] = W_dec.shape as [number, number];
  const sum = (x: Value): Value => reshape(reduceSum(x, [-1]), lead);
  const flat = reshape(gradient, [product(lead), dOut]);
  const projected = reshape(gemm(flat, W_dec, { transB: true }), [...lead, dSae]);
  const features = mul(featureActs, projected);
  const bias = sum(mul(b_dec, gradient));
  const error = sub(sub(sum(mul(output, gradient)), sum(features)), bias);
  return { features, error, bias };
}
