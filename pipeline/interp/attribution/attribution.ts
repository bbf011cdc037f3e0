import type { Value } from '../../graph/builder.ts';
import { reshape } from '../../graph/layout.ts';
import { gemm, mul, reduceSum, sub } from '../../graph/ops.ts';
import { product } from '../../graph/shape.ts';
import { type SaeWeights, skipTerm } from '../../sae/jump-relu.ts';

/** Terms of `gradient · output` at each position; they add up to it. */
export interface Attribution {
  /** [..., d_sae]: `featureActs[f] · (W_dec[f] · gradient)` */
  readonly features: Value;
  /** [...]: `errorTerm · gradient` */
  readonly error: Value;
  /** [...]: `b_dec · gradient` */
  readonly bias: Value;
  /** [...]: `(x W_skip) · gradient`; null where there is no skip connection. */
  readonly skip: Value | null;
}

/** The values of an SAE's hooks, and the gradient there. */
export interface HookValues {
  /** [B, T, d_in]: the value that the SAE reads. */
  readonly x: Value;
  /** [B, T, d_out]: the value at the SAE's output hook. */
  readonly output: Value;
  /** [B, T, d_out]: the metric's gradient with respect to that value. */
  readonly gradient: Value;
}

/** [..., d_sae]: the metric's slope along each feature's direction, `W_dec[f] · gradient`. */
export function slopes({ W_dec }: SaeWeights, gradient: Value): Value {
  const lead = gradient.shape.slice(0, -1);
  const [dSae, dOut] = W_dec.shape as [number, number];
  const flat = reshape(gradient, [product(lead), dOut]);
  return reshape(gemm(flat, W_dec, { transB: true }), [...lead, dSae]);
}

/**
 * Attribution of a metric to every feature of one SAE: activation × gradient.
 *
 * An SAE with its error term leaves the forward pass unchanged. The gradient with respect to its output is therefore
 * the gradient of the plain model at the output hook, and the backward pass needs no SAE.
 *
 * The error's attribution is computed as `gradient · output` minus the other terms. This saves computing the
 * reconstruction. A skip connection is part of the reconstruction, so its term is not in the error's.
 *
 * Source: Marks et al. (2024), arXiv 2403.19647, section 3.1.
 *
 * @param featureActs [B, T, d_sae]
 * @param slope [B, T, d_sae], `slopes` of the gradient
 */
export function attribute(
  weights: SaeWeights,
  featureActs: Value,
  slope: Value,
  { x, output, gradient }: HookValues,
): Attribution {
  const lead = gradient.shape.slice(0, -1);
  const sum = (value: Value): Value => reshape(reduceSum(value, [-1]), lead);
  const features = mul(featureActs, slope);
  const bias = sum(mul(weights.b_dec, gradient));
  const skipped = skipTerm(weights, x);
  const skip = skipped && sum(mul(skipped, gradient));
  const withSkip = sub(sub(sum(mul(output, gradient)), sum(features)), bias);
  return { features, error: skip ? sub(withSkip, skip) : withSkip, bias, skip };
}
