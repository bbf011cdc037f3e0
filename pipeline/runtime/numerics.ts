import { FLOAT32, type Numerics } from '../models/weights.ts';
import type { Provider } from './provider.ts';

/**
 * The numeric types of a model's weights and matrix products on each provider. The residual stream, norms, softmax,
 * softcaps, logits, entropy and sampling are float32 on every provider.
 *
 * - CPU: float32, because it has no bfloat16 product.
 * - CUDA: matrices are bfloat16, as published, and products round their operand and their result to bfloat16. Exact
 *   products use float32 weights: that of the unembedding (rounding a logit of 20 to 8 bits changes it by up to 0.06)
 *   and those of queries and keys (a third of the total error, for 0.4 GB with Gemma 2 2B).
 * - WebGPU: float32, with large matrices in blocks. float16 weights would not save memory: the runtime folds their cast
 *   to float32 when it loads the graph.
 */
export const numericsOf = (provider: Provider): Numerics => NUMERICS[provider];

const NUMERICS: Readonly<Record<Provider, Numerics>> = {
  cpu: FLOAT32,
  cuda: { matrices: 'bfloat16', largestBuffer: null },
  // Larger than every matrix but the embedding, and within the binding limit of desktop GPUs.
  webgpu: { matrices: 'float32', largestBuffer: 2 ** 29 },
};
