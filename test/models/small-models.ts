import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { writeSafetensors } from '../../pipeline/sources/formats/write-safetensors.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { isGemma, normsHeads, type PlainConfig } from './plain-decoder.ts';

const SIZES = {
  vocab_size: 50,
  hidden_size: 24,
  intermediate_size: 40,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
};
const GEMMA = {
  head_dim: 8,
  hidden_activation: 'gelu_pytorch_tanh',
  query_pre_attn_scalar: 11,
  sliding_window: 5,
  rms_norm_eps: 1e-6,
};

/** Very small models, one a family, with every kind of layer and short windows. */
export const SMALL = {
  llama: {
    ...SIZES,
    model_type: 'llama',
    num_hidden_layers: 2,
    rms_norm_eps: 1e-5,
    rope_theta: 100,
    tie_word_embeddings: true,
  },
  qwen2: {
    ...SIZES,
    model_type: 'qwen2',
    num_hidden_layers: 3,
    rms_norm_eps: 1e-6,
    rope_theta: 100,
    use_sliding_window: true,
    sliding_window: 5,
    max_window_layers: 1,
    tie_word_embeddings: true,
  },
  qwen3: {
    ...SIZES,
    model_type: 'qwen3',
    head_dim: 8,
    num_hidden_layers: 3,
    rms_norm_eps: 1e-6,
    rope_theta: 100,
    use_sliding_window: true,
    sliding_window: 5,
    max_window_layers: 2,
    tie_word_embeddings: true,
  },
  mistral: {
    ...SIZES,
    model_type: 'mistral',
    num_hidden_layers: 2,
    rms_norm_eps: 1e-5,
    rope_theta: 100,
    sliding_window: 5,
  },
  gemma2: {
    ...SIZES,
    ...GEMMA,
    model_type: 'gemma2',
    num_hidden_layers: 3,
    attn_logit_softcapping: 5,
    final_logit_softcapping: 8,
    rope_theta: 100,
  },
  gemma3_text: {
    ...SIZES,
    ...GEMMA,
    model_type: 'gemma3_text',
    num_hidden_layers: 4,
    sliding_window_pattern: 3,
    rope_theta: 1000,
    rope_local_base_freq: 50,
  },
} satisfies Readonly<Record<string, PlainConfig>>;

/** A checkpoint of random weights, the same under one name whatever the config, with the names and shapes that transformers gives a model of this config. */
export function smallTensors(config: PlainConfig): Record<string, Tensor> {
  const gemma = isGemma(config);
  const biased = biasesOf(config);
  const [d, heads, mlp] = [
    config.hidden_size,
    config.num_attention_heads,
    config.intermediate_size,
  ];
  const keyHeads = config.num_key_value_heads ?? heads;
  const dHead = config.head_dim ?? (config.model_type === 'qwen3' ? 128 : d / heads);
  const tensors: Record<string, Tensor> = {};
  const put = (name: string, std: number, mean: number, ...dims: number[]) => {
    const size = dims.reduce((a, b) => a * b, 1);
    const noise = gaussian(name);
    tensors[name] = float32(
      Array.from({ length: size }, () => mean + std * noise()),
      dims,
    );
  };
  const norm = (name: string, size = d) => put(`${name}.weight`, 0.2, gemma ? 0 : 1, size);
  const linear = (name: string, bias: boolean | undefined, ...dims: [number, number]) => {
    put(`${name}.weight`, 1.5 / Math.sqrt(dims[1]), 0, ...dims);
    if (bias) put(`${name}.bias`, 0.4, 0, dims[0]);
  };
  put('model.embed_tokens.weight', 0.5, 0, config.vocab_size, d);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `model.layers.${layer}`;
    norm(`${at}.input_layernorm`);
    norm(`${at}.post_attention_layernorm`);
    if (gemma) norm(`${at}.pre_feedforward_layernorm`);
    if (gemma) norm(`${at}.post_feedforward_layernorm`);
    linear(`${at}.self_attn.q_proj`, biased.includes('q'), heads * dHead, d);
    linear(`${at}.self_attn.k_proj`, biased.includes('k'), keyHeads * dHead, d);
    linear(`${at}.self_attn.v_proj`, biased.includes('v'), keyHeads * dHead, d);
    linear(`${at}.self_attn.o_proj`, biased.includes('o'), d, heads * dHead);
    if (normsHeads(config))
      for (const which of ['q', 'k']) norm(`${at}.self_attn.${which}_norm`, dHead);
    linear(`${at}.mlp.gate_proj`, config.mlp_bias, mlp, d);
    linear(`${at}.mlp.up_proj`, config.mlp_bias, mlp, d);
    linear(`${at}.mlp.down_proj`, config.mlp_bias, d, mlp);
  }
  norm('model.norm');
  if (!(config.tie_word_embeddings ?? gemma)) put('lm_head.weight', 0.5, 0, config.vocab_size, d);
  return tensors;
}

/** The projections of attention that have biases. */
function biasesOf({ model_type, attention_bias }: PlainConfig): string {
  if (model_type === 'qwen2') return 'qkv';
  return attention_bias && model_type !== 'mistral' ? 'qkvo' : '';
}

export function writeSmall(
  dir: string,
  config: object,
  tensors: Readonly<Record<string, Tensor>>,
): string {
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
  writeSafetensors(join(dir, 'model.safetensors'), tensors);
  return dir;
}

/** Standard normal draws. Source: Box & Muller (1958). */
function gaussian(key: string): () => number {
  const uniform = keyedRandom(7, key);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
