import type { Value } from '../../graph/builder.ts';
import { gemm, mul, reduceSum, reshape, sub } from '../../graph/ops.ts';
import { product } from '../../graph/shape.ts';
import type { SaeWeights } from '../../sae/jump-relu.ts';

/** Shares of `gradient · activation` at each position; they add up to it. */
export interface Attribution {
  /** [..., d_sae]: `featureActs[f] · (W_dec[f] · gradient)` */
  readonly features: Value;
  /** [...]: `errorTerm · gradient` */
  readonly error: Value;
  /** [...]: `b_dec · gradient` */
  readonly bias: Value;
}

/**
 * Attribution of a metric to every feature of one SAE, activation × gradient.
 *
 * With its error term kept, an SAE leaves the forward pass unchanged, so that the plain model's gradient at
 * the hook is the gradient of every SAE there: no SAE takes part in the backward pass.
 *
 * Source: Marks et al. (2024), arXiv 2403.19647, section 3.1.
 *
 * Features, error and bias share out `gradient · output` between them, so that what the error term has is what the
 * others leave: the activation is never rebuilt, and two matrix products are all that it takes.
 *
 * @param featureActs [B, T, d_sae]
 * @param output [B, T, d_out]: the value at the SAE's output hook
 * @param gradient [B, T, d_out]: of the metric, there
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
