import { z } from 'zod';
import { nameShown, shown } from '../schema/one-line.ts';
import type { ArchitectureRecord } from './architecture-record.ts';
import { type AttentionKind, forKinds } from './attention-kind.ts';
import {
  activation,
  type ConfigFile,
  checkAliases,
  configError,
  DecoderConfig,
  dimsOf,
  layerCount,
  layerKinds,
  layerTypes,
  parseConfig,
  positionCount,
  positiveInteger,
  positiveNumber,
  windowsOf,
} from './config.ts';
import type { DecoderSpec, RotarySpec } from './decoder-spec.ts';
import { RopeParameters, rotaryOf } from './rope-config.ts';

/**
 * The text model of Gemma 3, also inside a multimodal checkpoint. In contrast to Gemma 2, queries and keys are normalized,
 * attention scores have no softcap, and global and sliding layers have different rotary frequencies.
 * Source: Gemma Team (2025), arXiv 2503.19786, and transformers, models/gemma3.
 */
export const gemma3: ArchitectureRecord = {
  modelTypes: ['gemma3_text', 'gemma3'],
  source: import.meta.url,
  specOf,
  tensorName,
};

/** The name of a tensor in a text-only checkpoint; null for tensors of the image encoder. */
function tensorName(name: string): string | null {
  if (/^(model\.)?(vision_tower|multi_modal_projector)\./.test(name)) return null;
  return name.replace(/^model\.language_model\./, 'model.').replace(/^language_model\./, '');
}

function specOf(json: unknown, path: string): DecoderSpec {
  const { config, file } = readText(json, path);
  checkAliases(config, { hidden_act: 'hidden_activation' }, file);
  const dims = dimsOf(config, file);
  const layers = layerKinds(config, everyNth(config, file), file);
  const maxPositions = config.max_position_embeddings;
  return {
    dims,
    norms: { eps: config.rms_norm_eps, weightOffset: 1, afterSublayers: true },
    attention: {
      layers,
      windows: windowsOf(layers, config.sliding_window, file),
      rotary: forKinds(layers, rotaryByKind(config, file)),
      maxPositions,
      scale: config.query_pre_attn_scalar ** -0.5,
      softcap: null,
      normalizesQueriesAndKeys: true,
    },
    mlp: { activation: config.hidden_activation },
    biases: config.attention_bias ? ['q', 'k', 'v', 'o'] : [],
    embeddingScale: Math.sqrt(dims.dModel),
    unembedding: { tied: config.tie_word_embeddings, softcap: config.final_logit_softcapping },
  };
}

/** The defaults are those of transformers: multimodal files leave most fields out. */
const TextConfig = DecoderConfig.extend({
  vocab_size: positiveInteger.default(262_208),
  hidden_size: positiveInteger.default(2304),
  intermediate_size: positiveInteger.default(9216),
  num_hidden_layers: layerCount.default(26),
  num_attention_heads: positiveInteger.default(8),
  num_key_value_heads: positiveInteger.default(4),
  head_dim: positiveInteger.multipleOf(2).default(256),
  hidden_activation: activation.default('gelu-tanh'),
  hidden_act: activation.optional(),
  max_position_embeddings: positionCount.default(131_072),
  rms_norm_eps: positiveNumber.default(1e-6),
  query_pre_attn_scalar: positiveNumber.default(256),
  sliding_window: positiveInteger.nullable().default(4096),
  layer_types: layerTypes,
  sliding_window_pattern: positiveInteger.optional(),
  _sliding_window_pattern: positiveInteger.optional(),
  rope_theta: positiveNumber.optional(),
  rope_local_base_freq: positiveNumber.optional(),
  rope_scaling: RopeParameters.nullish(),
  rope_parameters: z
    .strictObject({
      full_attention: RopeParameters.nullish(),
      sliding_attention: RopeParameters.nullish(),
    })
    .nullish(),
  // transformers reads this softcap of attention scores but does not apply it.
  attn_logit_softcapping: z.null().optional(),
  final_logit_softcapping: positiveNumber.nullable().default(null),
  use_bidirectional_attention: z.literal(false).nullish(),
  tie_word_embeddings: z.boolean().default(true),
});
type TextConfig = z.infer<typeof TextConfig>;

/** A multimodal config.json, which contains that of the text model. */
const MultimodalConfig = z.object({
  text_config: z.looseObject({}),
  vision_config: z.unknown().optional(),
  mm_tokens_per_image: z.unknown().optional(),
  boi_token_index: z.unknown().optional(),
  eoi_token_index: z.unknown().optional(),
  image_token_index: z.unknown().optional(),
  boi_token_id: z.unknown().optional(),
  eoi_token_id: z.unknown().optional(),
  image_token_id: z.unknown().optional(),
  quantization_config: z.null().optional(),
  is_encoder_decoder: z.literal(false).optional(),
  tie_word_embeddings: z.boolean().optional(),
});

/**
 * The text model's config and its place in the file.
 * @throws if fields inside and outside of text_config contradict each other
 */
function readText(json: unknown, path: string): { config: TextConfig; file: ConfigFile } {
  if (Object(json).model_type !== 'gemma3')
    return { config: parseConfig(TextConfig, json, { path }), file: { path } };
  const file = { path, within: 'text_config.' };
  const { text_config: text, tie_word_embeddings: tied } = parseConfig(MultimodalConfig, json, {
    path,
  });
  const { model_type = 'gemma3_text', tie_word_embeddings = tied } = text;
  if (model_type !== 'gemma3_text')
    throw configError(file, 'model_type', `${nameShown(model_type)}, expected gemma3_text`);
  if (tied !== undefined && tie_word_embeddings !== tied)
    throw configError(
      file,
      'tie_word_embeddings',
      `${shown(tie_word_embeddings)} here, ${tied} outside`,
    );
  return { config: parseConfig(TextConfig, { ...text, tie_word_embeddings }, file), file };
}

/** The default kinds of layers: every n-th is global, all others are sliding. */
function everyNth(config: TextConfig, file: ConfigFile): (layer: number) => AttentionKind {
  const { sliding_window_pattern: every = 6, _sliding_window_pattern: noted = every } = config;
  if (!config.layer_types && noted !== every)
    throw configError(file, '_sliding_window_pattern', `${noted}, but transformers takes ${every}`);
  return (layer) => ((layer + 1) % every === 0 ? 'global' : 'sliding');
}

/** `rope_scaling`, the older field, holds for global layers only. */
function rotaryByKind(config: TextConfig, file: ConfigFile): Record<AttentionKind, RotarySpec> {
  const { full_attention, sliding_attention } = config.rope_parameters ?? {};
  const maxPositions = config.max_position_embeddings;
  const global = {
    rope_theta: config.rope_theta,
    rope_scaling: config.rope_scaling,
    rope_parameters: full_attention,
    defaultTheta: 1_000_000,
  };
  const sliding = {
    thetaField: 'rope_local_base_freq',
    rope_theta: config.rope_local_base_freq,
    rope_parameters: sliding_attention,
    defaultTheta: 10_000,
  };
  return {
    global: rotaryOf({ ...global, maxPositions }, file),
    sliding: rotaryOf({ ...sliding, maxPositions }, file),
  };
}
