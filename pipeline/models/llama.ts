import { z } from 'zod';
import type { ArchitectureRecord } from './architecture-record.ts';
import {
  activation,
  type ConfigFile,
  configError,
  DecoderConfig,
  dimsOf,
  parseConfig,
  positionCount,
  positiveInteger,
  positiveNumber,
} from './config.ts';
import type { DecoderSpec, Projection } from './decoder-spec.ts';
import { RopeParameters, rotaryOf } from './rope-config.ts';

/**
 * Llama. Every layer attends to all earlier tokens; there are no norms after sublayers and no softcaps.
 * Source: Touvron et al. (2023), arXiv 2302.13971, and transformers, models/llama.
 */
export const llama: ArchitectureRecord = {
  modelTypes: ['llama'],
  source: import.meta.url,
  specOf,
};

function specOf(json: unknown, path: string): DecoderSpec {
  const file = { path };
  const config = parseConfig(Config, json, file);
  const head_dim = config.head_dim ?? headDim(config, file);
  const num_key_value_heads = config.num_key_value_heads ?? config.num_attention_heads;
  const dims = dimsOf({ ...config, head_dim, num_key_value_heads }, file);
  const { layer_types: types, max_position_embeddings: maxPositions } = config;
  if (types && types.length !== dims.nLayers)
    throw configError(file, 'layer_types', `${types.length} kinds for ${dims.nLayers} layers`);
  return {
    dims,
    norms: { eps: config.rms_norm_eps, weightOffset: 0, afterSublayers: false },
    attention: {
      layers: Array.from({ length: dims.nLayers }, () => 'global'),
      windows: { global: null },
      rotary: { global: rotaryOf({ ...config, defaultTheta: 10_000, maxPositions }, file) },
      maxPositions,
      scale: dims.dHead ** -0.5,
      softcap: null,
      normalizesQueriesAndKeys: false,
    },
    mlp: { activation: config.hidden_act },
    biases: biasesOf(config),
    embeddingScale: 1,
    unembedding: { tied: config.tie_word_embeddings, softcap: null },
  };
}

/** The defaults are those of transformers. */
const Config = DecoderConfig.extend({
  head_dim: positiveInteger.multipleOf(2).nullish(),
  num_key_value_heads: positiveInteger.nullish(),
  max_position_embeddings: positionCount.default(2048),
  rms_norm_eps: positiveNumber.default(1e-6),
  hidden_act: activation.default('silu'),
  mlp_bias: z.boolean().default(false),
  rope_theta: positiveNumber.optional(),
  rope_scaling: RopeParameters.nullish(),
  rope_parameters: RopeParameters.nullish(),
  partial_rotary_factor: z.literal(1).optional(),
  rope_interleaved: z.literal(false).optional(),
  layer_types: z.array(z.literal('full_attention')).nullish(),
  sliding_window: z.null().optional(),
  tie_word_embeddings: z.boolean().default(false),
});

/** d_head if config.json leaves it out. */
function headDim(config: z.infer<typeof Config>, file: ConfigFile): number {
  const { hidden_size, num_attention_heads } = config;
  const dHead = hidden_size / num_attention_heads;
  if (dHead % 2 === 0) return dHead;
  throw configError(file, 'head_dim', `absent, and ${hidden_size} / ${num_attention_heads} is odd`);
}

function biasesOf({ attention_bias, mlp_bias }: z.infer<typeof Config>): Projection[] {
  const [attention, mlp] = [
    ['q', 'k', 'v', 'o'],
    ['gate', 'up', 'down'],
  ] as const;
  return [...(attention_bias ? attention : []), ...(mlp_bias ? mlp : [])];
}
