import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BYTES, sizeOf } from '../graph/tensor.ts';
import { loadTokenizer } from '../sources/formats/tokenizer.ts';
import { streamSafetensors, type TensorSource } from '../sources/formats/write-safetensors.ts';
import { listProcess } from './list-process.ts';
import { randomTensors } from './random-tensors.ts';

/** The config.json of google/gemma-2-2b-it. */
export const GEMMA_2_2B = {
  architectures: ['Gemma2ForCausalLM'],
  model_type: 'gemma2',
  vocab_size: 256000,
  hidden_size: 2304,
  num_hidden_layers: 26,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 256,
  intermediate_size: 9216,
  query_pre_attn_scalar: 256,
  attn_logit_softcapping: 50,
  final_logit_softcapping: 30,
  sliding_window: 4096,
  max_position_embeddings: 8192,
  rope_theta: 10000,
  rms_norm_eps: 1e-6,
  torch_dtype: 'bfloat16',
};
export type Gemma2Config = typeof GEMMA_2_2B;

export interface RandomModelOptions {
  readonly config: Gemma2Config;
  readonly seed: number;
  /** A folder with tokenizer.json and tokenizer_config.json. */
  readonly tokenizerDir: string;
  /** Maximum size of a shard. */
  readonly shardBytes: number;
  readonly onWritten?: (bytes: number, total: number) => void;
}

/**
 * Write a model with random bfloat16 weights in the hub's layout: shards, an index, a config, a tokenizer. A few neurons
 * of its last layer are set so that it writes lists (list-process.ts).
 */
export function writeRandomModel(dir: string, options: RandomModelOptions): void {
  const { config, tokenizerDir, shardBytes, onWritten = () => {} } = options;
  mkdirSync(dir, { recursive: true });
  for (const file of ['tokenizer.json', 'tokenizer_config.json'])
    copyFileSync(join(tokenizerDir, file), join(dir, file));
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config, null, 2));
  const sources = randomTensors(config, options.seed, listProcess(loadTokenizer(tokenizerDir)));
  const total = sources.reduce((sum, source) => sum + bytesOf(source), 0);
  const shards = shardsOf(sources, shardBytes);
  const weight_map: Record<string, string> = {};
  let written = 0;
  shards.forEach((shard, i) => {
    const file = `model-${pad(i + 1)}-of-${pad(shards.length)}.safetensors`;
    for (const { name } of shard) weight_map[name] = file;
    streamSafetensors(join(dir, file), shard, { format: 'pt' }, (bytes) => {
      written += bytes;
      onWritten(written, total);
    });
  });
  const index = { metadata: { total_size: total }, weight_map };
  writeFileSync(join(dir, 'model.safetensors.index.json'), JSON.stringify(index, null, 2));
}

const pad = (n: number): string => String(n).padStart(5, '0');
const bytesOf = ({ dims, dtype }: TensorSource): number => sizeOf(dims) * BYTES[dtype];

/** Divide tensors, in their order, into shards of at most `maxBytes`. */
function shardsOf(sources: readonly TensorSource[], maxBytes: number): TensorSource[][] {
  const shards: TensorSource[][] = [[]];
  let size = 0;
  for (const source of sources) {
    if (size > 0 && size + bytesOf(source) > maxBytes) {
      shards.push([]);
      size = 0;
    }
    shards.at(-1)!.push(source);
    size += bytesOf(source);
  }
  return shards;
}
