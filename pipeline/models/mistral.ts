import type { ArchitectureRecord } from './architecture-record.ts';
import {
  configError,
  layerKinds,
  layerTypes,
  parseConfig,
  positionCount,
  positiveInteger,
} from './config.ts';
import type { DecoderSpec } from './decoder-spec.ts';
import { LlamaConfig, llamaSpec } from './llama-spec.ts';

/**
 * Mistral. All layers have one sliding window, or none has; there are no biases, whatever `attention_bias` says.
 * Source: Jiang et al. (2023), arXiv 2310.06825, and transformers, models/mistral.
 */
export const mistral: ArchitectureRecord = {
  modelTypes: ['mistral'],
  source: import.meta.url,
  specOf,
};

function specOf(json: unknown, path: string): DecoderSpec {
  const file = { path };
  const config = parseConfig(Config, json, file);
  const { sliding_window: window } = config;
  const kind = window === null ? 'global' : 'sliding';
  const layers = layerKinds(config, () => kind, file);
  // transformers takes such a file for one of Ministral, another architecture.
  if (layers.some((other) => other !== kind))
    throw configError(
      file,
      'layer_types',
      `not all ${kind}, as sliding_window ${window} makes them`,
    );
  return llamaSpec(config, { layers, window, biases: [], normalizesQueriesAndKeys: false }, file);
}

/** The defaults are those of transformers. */
const Config = LlamaConfig.extend({
  num_key_value_heads: positiveInteger.nullable().default(8),
  max_position_embeddings: positionCount.default(131_072),
  sliding_window: positiveInteger.nullable().default(4096),
  layer_types: layerTypes,
});
