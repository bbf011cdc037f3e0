import { z } from 'zod';
import type { ArchitectureRecord } from './architecture-record.ts';
import { parseConfig } from './config.ts';
import type { DecoderSpec } from './decoder-spec.ts';
import { llamaSpec } from './llama-spec.ts';
import { QwenConfig, qwenWindows } from './qwen-config.ts';

/**
 * Qwen 2 and 2.5. Queries, keys and values have biases, whatever `attention_bias` says, and the last layers may slide.
 * Source: Qwen Team (2024), arXiv 2407.10671, and transformers, models/qwen2.
 */
export const qwen2: ArchitectureRecord = {
  modelTypes: ['qwen2'],
  source: import.meta.url,
  specOf,
};

function specOf(json: unknown, path: string): DecoderSpec {
  const file = { path };
  const config = parseConfig(Config, json, file);
  const windows = qwenWindows(config, file);
  const biases = ['q', 'k', 'v'] as const;
  return llamaSpec(config, { ...windows, biases, normalizesQueriesAndKeys: false }, file);
}

const Config = QwenConfig.extend({ use_mrope: z.literal(false).optional() });
