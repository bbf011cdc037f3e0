import type { Value } from '../graph/builder.ts';
import { mul, scatterElementsAdd, topK } from '../graph/ops.ts';
import { int64 } from '../graph/tensor.ts';

/**
 * TopK: of the activations at each position the `k` largest, and 0 in place of the others. Of equal ones those with the
 * lower index are kept.
 * Source: Gao et al. (2024), arXiv 2406.04093, section 2.3.
 * @param acts [..., d_sae], non-negative
 */
export function keepLargest(acts: Value, k: number): Value {
  const { graph } = acts;
  const { values, indices } = topK(acts, graph.constant(int64([k], [1])), k);
  const zeros = mul(acts, graph.scalar(0, acts.dtype));
  return scatterElementsAdd(zeros, indices, values);
}
