import type { Value } from '../graph/builder.ts';
import { matmul, mul, reduceSum, reshape, transpose } from '../graph/ops.ts';
import type { SaeWeights, SparseActivation } from '../sae/jump-relu.ts';

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
 * @param gradient [B, T, d_out]: of the metric, at the SAE's output hook
 */
export function attribute(
  { W_dec, b_dec }: SaeWeights,
  { featureActs, errorTerm }: SparseActivation,
  gradient: Value,
): Attribution {
  const dot = (x: Value): Value =>
    reshape(reduceSum(mul(x, gradient), [-1]), gradient.shape.slice(0, -1));
  return {
    features: mul(featureActs, matmul(gradient, transpose(W_dec, [1, 0]))),
    error: dot(errorTerm),
    bias: dot(b_dec),
  };
}
