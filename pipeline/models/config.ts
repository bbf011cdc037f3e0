import { z } from 'zod';
import type { ModelDims } from './architecture.ts';

export const size = z.int().min(1);
export const positive = z.number().positive();

/** What every family's config.json says. */
export const DecoderConfig = z.object({
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size,
  hidden_size: size,
  head_dim: size.multipleOf(2),
  intermediate_size: size,
  vocab_size: size,
  max_position_embeddings: size,
  rms_norm_eps: positive,
});

/**
 * Read a family's config.json.
 * @throws `config.json: head_dim: expected …`, one line that names the file, the field and the remedy
 */
export function parseConfig<T>(schema: z.ZodType<T>, json: unknown, path: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path: field, message } = parsed.error.issues[0]!;
  throw new Error(`${path}: ${field.join('.')}: ${message}: ${REMEDY}`);
}

/** @throws `config.json: 4 heads cannot share 3 keys: …` */
export function dimsOf(config: z.infer<typeof DecoderConfig>, path: string): ModelDims {
  const { num_attention_heads: nHeads, num_key_value_heads: nKeyValueHeads } = config;
  if (nHeads % nKeyValueHeads !== 0)
    throw new Error(`${path}: ${nHeads} heads cannot share ${nKeyValueHeads} keys: ${REMEDY}`);
  return {
    nLayers: config.num_hidden_layers,
    nHeads,
    nKeyValueHeads,
    dModel: config.hidden_size,
    dHead: config.head_dim,
    dMlp: config.intermediate_size,
    dVocab: config.vocab_size,
  };
}

const REMEDY = 'fetch or train the model again';
