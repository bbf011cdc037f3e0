import { z } from 'zod';
import type { ArchitectureRecord } from './architecture-record.ts';
import { forKinds } from './attention-kind.ts';
import {
  activation,
  checkAliases,
  DecoderConfig,
  dimsOf,
  layerKinds,
  layerTypes,
  parseConfig,
  positiveInteger,
  positiveNumber,
  windowsOf,
} from './config.ts';
import type { DecoderSpec } from './decoder-spec.ts';
import { RopeParameters, rotaryOf } from './rope-config.ts';

/**
 * Gemma 2. Even layers have a sliding attention window, odd layers attend to all earlier tokens.
 * Source: Gemma Team (2024), arXiv 2408.00118, and the published reference code.
 */
export const gemma2: ArchitectureRecord = {
  modelTypes: ['gemma2'],
  source: import.meta.url,
  specOf,
};

function specOf(json: unknown, path: string): DecoderSpec {
  const file = { path };
  const config = parseConfig(Config, json, file);
  checkAliases(config, ALIASES, file);
  const dims = dimsOf(config, file);
  const layers = layerKinds(config, (layer) => (layer % 2 === 0 ? 'sliding' : 'global'), file);
  const maxPositions = config.max_position_embeddings;
  const rotary = rotaryOf({ ...config, defaultTheta: 10_000, maxPositions }, file);
  return {
    dims,
    norms: { eps: config.rms_norm_eps, weightOffset: 1, afterSublayers: true },
    attention: {
      layers,
      windows: windowsOf(layers, config.sliding_window, file),
      rotary: forKinds(layers, { global: rotary, sliding: rotary }),
      maxPositions,
      scale: config.query_pre_attn_scalar ** -0.5,
      softcap: config.attn_logit_softcapping,
      normalizesQueriesAndKeys: false,
    },
    mlp: { activation: config.hidden_activation },
    biases: config.attention_bias ? ['q', 'k', 'v', 'o'] : [],
    embeddingScale: Math.sqrt(dims.dModel),
    unembedding: { tied: config.tie_word_embeddings, softcap: config.final_logit_softcapping },
  };
}

/** Other names of a field. */
const ALIASES = { hidden_act: 'hidden_activation', sliding_window_size: 'sliding_window' };

/** The defaults are those of transformers. */
const Config = DecoderConfig.extend({
  hidden_activation: activation.default('gelu-tanh'),
  hidden_act: activation.optional(),
  sliding_window: positiveInteger.nullable(),
  sliding_window_size: positiveInteger.optional(),
  layer_types: layerTypes,
  query_pre_attn_scalar: positiveNumber,
  attn_logit_softcapping: positiveNumber.nullable(),
  final_logit_softcapping: positiveNumber.nullable(),
  rope_theta: positiveNumber.optional(),
  rope_scaling: RopeParameters.nullish(),
  rope_parameters: RopeParameters.nullish(),
  use_bidirectional_attention: z.literal(false).nullish(),
  tie_word_embeddings: z.boolean().default(true),
});
