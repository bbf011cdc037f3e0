import { z } from 'zod';
import type { AttentionKind } from './attention-kind.ts';
import {
  type ConfigFile,
  configError,
  layerKinds,
  layerTypes,
  positionCount,
  positiveInteger,
} from './config.ts';
import { LlamaConfig } from './llama-spec.ts';

/** Fields of config.json that Qwen 2 and Qwen 3 share. The defaults are those of transformers. */
export const QwenConfig = LlamaConfig.extend({
  num_key_value_heads: positiveInteger.nullable().default(32),
  max_position_embeddings: positionCount.default(32_768),
  use_sliding_window: z.boolean().default(false),
  sliding_window: positiveInteger.nullable().default(4096),
  max_window_layers: z.int().min(0).default(28),
  layer_types: layerTypes,
});

/**
 * The kinds of layers and the window of sliding ones. Without `layer_types`, the first `max_window_layers` layers attend
 * to all earlier tokens, and those after them slide if `use_sliding_window` is true.
 * @throws if a layer is sliding and `use_sliding_window` is false: `sliding_window` means nothing then
 */
export function qwenWindows(
  config: z.infer<typeof QwenConfig>,
  file: ConfigFile,
): { layers: AttentionKind[]; window: number | null } {
  const { use_sliding_window: slides, max_window_layers: first } = config;
  const window = slides ? config.sliding_window : null;
  const kindOf = (layer: number) => (window !== null && layer >= first ? 'sliding' : 'global');
  const layers = layerKinds(config, kindOf, file);
  if (!slides && layers.includes('sliding'))
    throw configError(file, 'use_sliding_window', 'false, but some layers are sliding');
  return { layers, window };
}
