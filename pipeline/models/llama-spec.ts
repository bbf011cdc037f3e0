import { z } from 'zod';
import { type AttentionKind, forKinds } from './attention-kind.ts';
import {
  activation,
  type ConfigFile,
  configError,
  DecoderConfig,
  dimsOf,
  positiveInteger,
  positiveNumber,
  windowsOf,
} from './config.ts';
import type { DecoderSpec, Projection } from './decoder-spec.ts';
import { RopeParameters, rotaryOf } from './rope-config.ts';

/**
 * Fields of config.json that Llama and the architectures with its layers share. The defaults are those of transformers.
 * A `num_key_value_heads` that is null, or left out where there is no default, is the number of heads.
 */
export const LlamaConfig = DecoderConfig.extend({
  head_dim: positiveInteger.multipleOf(2).nullish(),
  num_key_value_heads: positiveInteger.nullish(),
  rms_norm_eps: positiveNumber.default(1e-6),
  hidden_act: activation.default('silu'),
  rope_theta: positiveNumber.optional(),
  rope_scaling: RopeParameters.nullish(),
  rope_parameters: RopeParameters.nullish(),
  partial_rotary_factor: z.literal(1).optional(),
  tie_word_embeddings: z.boolean().default(false),
});
type LlamaConfig = z.infer<typeof LlamaConfig>;

/** In what architectures with Llama's layers differ. */
export interface LlamaParts {
  /** [layer]: the kind of each layer. */
  readonly layers: readonly AttentionKind[];
  /** Window of sliding layers, in tokens; null for none. */
  readonly window: number | null;
  readonly biases: readonly Projection[];
  readonly normalizesQueriesAndKeys: boolean;
}

/** Layers with norms before attention and MLP alone, one rotation for all of them, and no softcaps. */
export function llamaSpec(
  config: LlamaConfig,
  { layers, window, biases, normalizesQueriesAndKeys }: LlamaParts,
  file: ConfigFile,
): DecoderSpec {
  const head_dim = config.head_dim ?? headDim(config, file);
  const num_key_value_heads = config.num_key_value_heads ?? config.num_attention_heads;
  const dims = dimsOf({ ...config, head_dim, num_key_value_heads }, file);
  const maxPositions = config.max_position_embeddings;
  const rotary = rotaryOf({ ...config, defaultTheta: 10_000, maxPositions }, file);
  return {
    dims,
    norms: { eps: config.rms_norm_eps, weightOffset: 0, afterSublayers: false },
    attention: {
      layers,
      windows: windowsOf(layers, window, file),
      rotary: forKinds(layers, { global: rotary, sliding: rotary }),
      maxPositions,
      scale: dims.dHead ** -0.5,
      softcap: null,
      normalizesQueriesAndKeys,
    },
    mlp: { activation: config.hidden_act },
    biases,
    embeddingScale: 1,
    unembedding: { tied: config.tie_word_embeddings, softcap: null },
  };
}

/** d_head if config.json leaves it out. */
function headDim(config: LlamaConfig, file: ConfigFile): number {
  const { hidden_size, num_attention_heads } = config;
  const dHead = hidden_size / num_attention_heads;
  if (dHead % 2 === 0) return dHead;
  throw configError(file, 'head_dim', `absent, and ${hidden_size} / ${num_attention_heads} is odd`);
}
