import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '../../pipeline/io/write-safetensors.ts';
import { gemma2 } from '../../pipeline/models/gemma2.ts';
import { loadModel, type Model } from '../../pipeline/models/model.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { float32, sizeOf } from '../../pipeline/tensor.ts';

/** Gemma 2 2B's layers, two of them, on a vocabulary so small that the layers are what is measured. */
const CONFIG = {
  model_type: 'gemma2',
  vocab_size: 512,
  hidden_size: 2304,
  num_hidden_layers: 2,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 256,
  intermediate_size: 9216,
  query_pre_attn_scalar: 256,
  attn_logit_softcapping: 50,
  final_logit_softcapping: 30,
  sliding_window: 4096,
  max_position_embeddings: 8192,
  rope_theta: 10000,
  rms_norm_eps: 1e-6,
};

/** Write such a model with random weights into a folder, and open it. */
export function gemmaLayers(dir: string, seed: number): Model {
  const { weights } = gemma2(CONFIG, 'config.json');
  const noise = randomBlock(seed);
  const tensors = [...weights].map(([name, dims]) => {
    const data = new Float32Array(sizeOf(dims));
    for (let at = 0; at < data.length; at += noise.length)
      data.set(noise.subarray(0, data.length - at), at);
    const std = dims.length === 1 ? 0.1 : dims[1]! ** -0.5;
    return [
      name,
      float32(
        data.map((x) => x * std),
        dims,
      ),
    ] as const;
  });
  writeSafetensors(join(dir, 'model.safetensors'), Object.fromEntries(tensors));
  writeFileSync(join(dir, 'config.json'), JSON.stringify(CONFIG));
  return loadModel(dir);
}

/** Uniform, of variance 1. Its prime length keeps rows of a matrix from being equal. */
function randomBlock(seed: number): Float32Array {
  const random = keyedRandom(seed, 'weights');
  return Float32Array.from({ length: 1_000_003 }, () => Math.sqrt(12) * (random() - 0.5));
}
