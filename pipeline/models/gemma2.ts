import type { ArchitectureRecord } from './architecture-record.ts';
import { DecoderConfig, dimsOf, parseConfig, positiveInteger, positiveNumber } from './config.ts';
import type { DecoderSpec } from './decoder-spec.ts';

/**
 * Gemma 2. Even layers have a sliding attention window, odd layers attend to all earlier tokens.
 * Source: Gemma Team (2024), arXiv 2408.00118, and the published reference code.
 */
export const gemma2: ArchitectureRecord = { modelType: 'gemma2', source: import.meta.url, specOf };

function specOf(json: unknown, path: string): DecoderSpec {
  const config = parseConfig(Config, json, path);
  const dims = dimsOf(config, path);
  const theta = config.rope_theta;
  return {
    dims,
    norms: { eps: config.rms_norm_eps, weightOffset: 1, afterSublayers: true },
    attention: {
      layers: Array.from({ length: dims.nLayers }, (_, layer) =>
        layer % 2 === 0 ? 'sliding' : 'global',
      ),
      windows: { global: null, sliding: config.sliding_window },
      rotaryBases: { global: theta, sliding: theta },
      maxPositions: config.max_position_embeddings,
      scale: config.query_pre_attn_scalar ** -0.5,
      softcap: config.attn_logit_softcapping,
      normalizesQueriesAndKeys: false,
      biases: [],
    },
    mlp: { activation: 'gelu-tanh' },
    embeddingScale: Math.sqrt(dims.dModel),
    unembedding: { tied: true, softcap: config.final_logit_softcapping },
  };
}

const Config = DecoderConfig.extend({
  sliding_window: positiveInteger,
  query_pre_attn_scalar: positiveNumber,
  attn_logit_softcapping: positiveNumber,
  final_logit_softcapping: positiveNumber,
  rope_theta: positiveNumber,
});
