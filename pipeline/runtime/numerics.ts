import { FLOAT32, type Numerics } from '../models/weights.ts';
import type { Provider } from './provider.ts';

/**
 * How a model computes on each provider. The residual stream, norms, softmax, softcaps, logits, entropy and sampling are
 * float32 on all of them.
 *
 * - CPU: float32; it has no bfloat16 product.
 * - CUDA: matrices stay bfloat16, as published, and each product rounds its operand and its result. Exact products are
 *   float32 with float32 weights, as a bfloat16 one cannot give float32: the unembedding's (a logit of 20 rounded to 8
 *   bits moves by up to 0.06) and those of queries and keys (a third of the error, for 0.4 GB of Gemma 2 2B).
 * - WebGPU: float32, tables in blocks. Halves would overflow nothing among the weights, but a cast of them to
 *   float32 is folded when the graph is loaded, which leaves float32.
 */
export const numericsOf = (provider: Provider): Numerics => NUMERICS[provider];

const NUMERICS: Readonly<Record<Provider, Numerics>> = {
  cpu: FLOAT32,
  cuda: { matrices: 'bfloat16', largestBuffer: null },
  // More than any matrix but the embedding, and less than what one binding may hold on a desktop's GPU.
  webgpu: { matrices: 'float32', largestBuffer: 2 ** 29 },
};
