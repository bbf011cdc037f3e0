import type { ArchitectureRecord } from './architecture-record.ts';
import { parseConfig, positiveInteger } from './config.ts';
import type { DecoderSpec } from './decoder-spec.ts';
import { llamaSpec } from './llama-spec.ts';
import { QwenConfig, qwenWindows } from './qwen-config.ts';

/**
 * Qwen 3, the dense models. Each head's query and key are normalized before they are rotated, the size of heads does not
 * follow from others, and the last layers may slide.
 * Source: Qwen Team (2025), arXiv 2505.09388, and transformers, models/qwen3.
 */
export const qwen3: ArchitectureRecord = {
  modelTypes: ['qwen3'],
  source: import.meta.url,
  specOf,
};

function specOf(json: unknown, path: string): DecoderSpec {
  const file = { path };
  const config = parseConfig(Config, json, file);
  const windows = qwenWindows(config, file);
  const biases = config.attention_bias ? (['q', 'k', 'v', 'o'] as const) : [];
  return llamaSpec(config, { ...windows, biases, normalizesQueriesAndKeys: true }, file);
}

/** The default is that of transformers. */
const Config = QwenConfig.extend({ head_dim: positiveInteger.multipleOf(2).default(128) });
