import { z } from 'zod';
import type { ArchitectureRecord } from './architecture-record.ts';
import { layerKinds, parseConfig, positionCount } from './config.ts';
import type { DecoderSpec, Projection } from './decoder-spec.ts';
import { LlamaConfig, llamaSpec } from './llama-spec.ts';

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
  const layers = layerKinds(config, () => 'global', file);
  const biases = biasesOf(config);
  return llamaSpec(config, { layers, window: null, biases, normalizesQueriesAndKeys: false }, file);
}

/** The defaults are those of transformers. */
const Config = LlamaConfig.extend({
  max_position_embeddings: positionCount.default(2048),
  mlp_bias: z.boolean().default(false),
  rope_interleaved: z.literal(false).optional(),
  layer_types: z.array(z.literal('full_attention')).nullish(),
  sliding_window: z.null().optional(),
});

function biasesOf({ attention_bias, mlp_bias }: z.infer<typeof Config>): Projection[] {
  const [attention, mlp] = [
    ['q', 'k', 'v', 'o'],
    ['gate', 'up', 'down'],
  ] as const;
  return [...(attention_bias ? attention : []), ...(mlp_bias ? mlp : [])];
}
