import type { ModelDims } from '../../../schema/model-dims.ts';
import { type Metadata, REMEDY } from './metadata.ts';

/** One architecture of GGUF files: what its keys and tensors are in Hugging Face's layout. */
export interface GgufArchitecture {
  /** The `general.architecture` of its files, with which its keys begin. */
  readonly name: string;
  /** Whether rows of queries and keys are stored as pairs that are rotated together, not as two halves of a head. */
  readonly pairsRotated: boolean;
  /** What a stored weight of a norm has above Hugging Face's. */
  readonly normOffset: 0 | 1;
  /** Norms of a layer besides `attn_norm`, as paths below `model.layers.N`, and what they run over. */
  readonly norms: Readonly<Record<string, readonly [path: string, over: 'model' | 'head']>>;
  /** Whether queries, keys and values have biases. */
  readonly biases: boolean;
  /** Fields of config.json besides those of every architecture. */
  configFields(metadata: Metadata, sizes: ModelDims): Readonly<Record<string, unknown>>;
}

const LLAMA_NORMS = { ffn_norm: ['post_attention_layernorm', 'model'] } as const;

const GEMMA_NORMS = {
  post_attention_norm: ['post_attention_layernorm', 'model'],
  ffn_norm: ['pre_feedforward_layernorm', 'model'],
  post_ffw_norm: ['post_feedforward_layernorm', 'model'],
} as const;

const NORMS_OF_HEADS = {
  attn_q_norm: ['self_attn.q_norm', 'head'],
  attn_k_norm: ['self_attn.k_norm', 'head'],
} as const;

/** Llama, and models that are the same but for their sizes, as SmolLM2. Mistral's files call it so, and leave its window out. */
const llama: GgufArchitecture = {
  name: 'llama',
  pairsRotated: true,
  normOffset: 0,
  norms: LLAMA_NORMS,
  biases: false,
  configFields: (metadata) => ({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
    rope_theta: metadata.positive('llama.rope.freq_base', 10000),
    rope_scaling: ropeScaling(metadata, 'llama'),
  }),
};

const qwen2: GgufArchitecture = {
  name: 'qwen2',
  pairsRotated: false,
  normOffset: 0,
  norms: LLAMA_NORMS,
  biases: true,
  configFields: (metadata) => qwenFields(metadata, 'qwen2', 'Qwen2ForCausalLM'),
};

const qwen3: GgufArchitecture = {
  ...qwen2,
  name: 'qwen3',
  norms: { ...LLAMA_NORMS, ...NORMS_OF_HEADS },
  biases: false,
  configFields: (metadata) => qwenFields(metadata, 'qwen3', 'Qwen3ForCausalLM'),
};

/** Its files say nothing of the scale of attention; the models' own configs have this one. */
const gemma2: GgufArchitecture = {
  name: 'gemma2',
  pairsRotated: false,
  normOffset: 1,
  norms: GEMMA_NORMS,
  biases: false,
  configFields: (metadata, sizes) => ({
    architectures: ['Gemma2ForCausalLM'],
    model_type: 'gemma2',
    hidden_activation: 'gelu_pytorch_tanh',
    attention_bias: false,
    query_pre_attn_scalar: gemmaScalar(sizes, 46),
    sliding_window: windowOf(metadata, 'gemma2'),
    attn_logit_softcapping: metadata.positive('gemma2.attn_logit_softcapping'),
    final_logit_softcapping: metadata.positive('gemma2.final_logit_softcapping'),
    rope_theta: metadata.positive('gemma2.rope.freq_base', 10000),
    rope_scaling: ropeScaling(metadata, 'gemma2'),
  }),
};

/** What its files leave out is as llama.cpp takes it: every sixth layer global, 10000 as the sliding layers' base. */
const gemma3: GgufArchitecture = {
  name: 'gemma3',
  pairsRotated: false,
  normOffset: 1,
  norms: { ...GEMMA_NORMS, ...NORMS_OF_HEADS },
  biases: false,
  configFields: (metadata, sizes) => ({
    architectures: ['Gemma3ForCausalLM'],
    model_type: 'gemma3_text',
    hidden_activation: 'gelu_pytorch_tanh',
    attention_bias: false,
    query_pre_attn_scalar: gemmaScalar(sizes, 62),
    sliding_window: windowOf(metadata, 'gemma3'),
    layer_types: gemma3Layers(metadata, sizes.nLayers),
    attn_logit_softcapping: null, // the architecture has none: a file that names one is refused
    final_logit_softcapping: optional(metadata, 'gemma3.final_logit_softcapping'),
    rope_theta: metadata.positive('gemma3.rope.freq_base'),
    rope_local_base_freq: metadata.positive('gemma3.rope.freq_base_swa', 10000),
    rope_scaling: ropeScaling(metadata, 'gemma3'),
  }),
};

export const ARCHITECTURES: readonly GgufArchitecture[] = [llama, qwen2, qwen3, gemma2, gemma3];

/** Their files say nothing of sliding windows, which llama.cpp has none of in these models. */
const qwenFields = (metadata: Metadata, name: string, architecture: string) => ({
  architectures: [architecture],
  model_type: name,
  hidden_act: 'silu',
  attention_bias: false,
  use_sliding_window: false,
  rope_theta: metadata.positive(`${name}.rope.freq_base`),
  rope_scaling: ropeScaling(metadata, name),
});

function windowOf(metadata: Metadata, name: string): number {
  const key = `${name}.attention.sliding_window`;
  const window = metadata.positive(key);
  if (Number.isSafeInteger(window)) return window;
  throw new Error(`${metadata.path}: ${key} is ${window}, no number of tokens: ${REMEDY}`);
}

/** d_head, but for the 27B models, known by how many layers they have. */
const gemmaScalar = ({ nLayers, dModel, nHeads, dHead }: ModelDims, layersOf27B: number): number =>
  nLayers === layersOf27B ? dModel / nHeads : dHead;

/** The pattern is a list with true for each sliding layer, or the distance between global ones. */
function gemma3Layers(metadata: Metadata, nLayers: number): string[] {
  const key = 'gemma3.attention.sliding_window_pattern';
  const slides = metadata.flags(key) ?? everyNth(distanceOf(metadata, key), nLayers);
  if (slides.length !== nLayers)
    throw new Error(
      `${metadata.path}: ${key} is a list of ${slides.length}, and the model has ${nLayers} layers: use another GGUF file`,
    );
  return slides.map((slide) => (slide ? 'sliding_attention' : 'full_attention'));
}

function distanceOf(metadata: Metadata, key: string): number {
  const distance = metadata.number(key, 6);
  if (Number.isInteger(distance) && distance > 0) return distance;
  throw new Error(`${metadata.path}: ${key} is ${distance}, no distance: use another GGUF file`);
}

const everyNth = (distance: number, nLayers: number): boolean[] =>
  Array.from({ length: nLayers }, (_, layer) => (layer + 1) % distance !== 0);

/** Hugging Face's `rope_scaling`: null, or all positions divided by a factor. */
function ropeScaling(metadata: Metadata, name: string): object | null {
  const key = `${name}.rope.scaling.type`;
  if (!metadata.has(key) || metadata.text(key) === 'none') return null;
  metadata.expect(key, 'linear');
  return { rope_type: 'linear', factor: metadata.positive(`${name}.rope.scaling.factor`) };
}

const optional = (metadata: Metadata, key: string): number | null =>
  metadata.has(key) ? metadata.positive(key) : null;
