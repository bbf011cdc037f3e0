import { z } from 'zod';
import type { ModelDims } from './architecture.ts';

export const positiveInteger = z.int().min(1);
export const positiveNumber = z.number().positive();

/** Fields that the config.json of every supported model family has. */
export const DecoderConfig = z.object({
  num_hidden_layers: positiveInteger,
  num_attention_heads: positiveInteger,
  num_key_value_heads: positiveInteger,
  hidden_size: positiveInteger,
  head_dim: positiveInteger.multipleOf(2),
  intermediate_size: positiveInteger,
  vocab_size: positiveInteger,
  max_position_embeddings: positiveInteger,
  rms_norm_eps: positiveNumber,
});

/**
 * Validate a config.json.
 * @throws `config.json: head_dim: expected …`, one line with the file, the first wrong field and the remedy
 */
export function parseConfig<T>(schema: z.ZodType<T>, json: unknown, path: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${path}: ${issue?.path.join('.')}: ${issue?.message}: ${REMEDY}`);
}

/** @throws `config.json: 4 heads cannot share 3 key/value heads: …` */
export function dimsOf(config: z.infer<typeof DecoderConfig>, path: string): ModelDims {
  const { num_attention_heads: nHeads, num_key_value_heads: nKeyValueHeads } = config;
  if (nHeads % nKeyValueHeads !== 0)
    throw new Error(
      `${path}: ${nHeads} heads cannot share ${nKeyValueHeads} key/value heads: ${REMEDY}`,
    );
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
