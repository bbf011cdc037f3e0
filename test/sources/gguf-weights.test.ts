import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sizeOf } from '../../pipeline/graph/tensor.ts';
import { gemma2 } from '../../pipeline/models/gemma2.ts';
import { openModel } from '../../pipeline/models/model.ts';
import { qwen3 } from '../../pipeline/models/qwen3.ts';
import type { MetadataValue } from '../../pipeline/sources/formats/gguf/header.ts';
import { openCheckpoint, readTensor } from '../../pipeline/sources/formats/safetensors.ts';
import { COMMITTED, GOLDEN_DIR } from '../golden.ts';
import { tempDir } from '../temp.ts';
import {
  float32Tensor,
  GGUF_DIR,
  type GgufParts,
  goldenGguf,
  partsOf,
  writeGguf,
} from './formats/gguf/write-gguf.ts';
import { readJson, unpack, unpackChanged } from './unpack.ts';

/** Largest error of a value, as a share of the largest, by how the matrices are stored. */
const ROUNDING: Readonly<Record<string, number>> = {
  f32: 0,
  f16: 2 ** -11,
  q8_0: 0.5 / 127 + 2 ** -11, // 127 steps, whose size is a float16
};

for (const file of readdirSync(GGUF_DIR)) {
  const [, name, stored] = /^(\w+)_(f32|f16|q8_0)\.gguf$/.exec(file) ?? [];
  if (name === undefined) continue;
  const model = join(GOLDEN_DIR, name, 'model');
  const skip = !existsSync(model) && `no ${model}`;
  test(`${file}: every weight is that of the model that was written`, { skip }, (t) => {
    const found = openCheckpoint(unpack(join(GGUF_DIR, file), tempDir(t)).dir).tensors;
    const expected = openCheckpoint(model).tensors;
    assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort());
    for (const [weight, slice] of expected) {
      const [a, b] = [readTensor(found.get(weight)!), readTensor(slice)];
      assert.deepEqual(a.dims, b.dims, weight);
      const largest = b.data.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
      const isNorm = a.dims.length === 1; // of Gemma's, 1 + w was rounded to float32 where it was written
      const allowed = isNorm ? 2 ** -23 : largest * ROUNDING[stored!]!;
      a.data.forEach((x, i) => {
        assert.ok(Math.abs(x - b.data[i]!) <= allowed, `${weight}[${i}]: ${x} ≠ ${b.data[i]}`);
      });
    }
  });
}

test("llama's paired rows become halves; qwen2's rows and biases stay as they are", (t) => {
  const changed = (name: string) => {
    const parts = partsOf(goldenGguf(name));
    const at = parts.tensors.findIndex((tensor) => tensor.name === 'blk.1.attn_k.weight');
    const { dims } = parts.tensors[at]!;
    const rows = Float32Array.from({ length: sizeOf(dims) }, (_, i) => Math.floor(i / dims[1]!));
    parts.tensors[at] = float32Tensor('blk.1.attn_k.weight', dims, rows);
    const folder = tempDir(t);
    const { dir } = unpack(writeGguf(join(folder, name), parts), folder);
    const key = openCheckpoint(dir).tensors.get('model.layers.1.self_attn.k_proj.weight')!;
    const { data } = readTensor(key);
    return Array.from({ length: dims[0]! }, (_, row) => data[row * dims[1]!]);
  };
  const head = (from: number) => [
    ...Array.from({ length: 8 }, (_, i) => from + 2 * i),
    ...Array.from({ length: 8 }, (_, i) => from + 2 * i + 1),
  ];
  assert.deepEqual(changed('llama_A_q8_0.gguf'), [...head(0), ...head(16)]);
  assert.deepEqual(
    changed('qwen2_A_f32.gguf'),
    Array.from({ length: 24 }, (_, row) => row),
  );
  const { dir } = unpack(goldenGguf('qwen2_A_f32.gguf'), tempDir(t));
  assert.deepEqual(
    openCheckpoint(dir).tensors.get('model.layers.2.self_attn.q_proj.bias')!.dims,
    [48],
  );
});

test('an unembedding of its own is kept, and said', (t) => {
  const dir = unpackChanged(t, 'llama_A_q8_0.gguf', ({ tensors }) => {
    const dims = [320, 64];
    tensors.push(float32Tensor('output.weight', dims, new Float32Array(sizeOf(dims)).fill(2)));
  });
  assert.equal(readJson(dir, 'config.json').tie_word_embeddings, false);
  const head = openCheckpoint(dir).tensors.get('lm_head.weight')!;
  assert.ok(readTensor(head).data.every((x) => x === 2));
});

test('a Qwen 3 that is written as its converter does opens as the model that it was', (t) => {
  const folder = tempDir(t);
  const { dir } = unpack(writeGguf(join(folder, 'qwen3.gguf'), qwen3Parts()), folder);
  const reference = openModel(join(COMMITTED, 'qwen3_A/model'), qwen3);
  const model = openModel(dir, qwen3);
  const [spec, expected] = [dir, reference.dir].map((of) =>
    qwen3.specOf(readJson(of, 'config.json'), of),
  );
  assert.deepEqual(spec, expected);
  for (const [name, slice] of reference.checkpoint.tensors)
    assert.deepEqual(readTensor(model.checkpoint.tensors.get(name)!), readTensor(slice), name);
});

test('a Gemma 2 that is written as its converter does opens as the model that it was', (t) => {
  const folder = tempDir(t);
  const { dir } = unpack(writeGguf(join(folder, 'gemma2.gguf'), gemma2Parts()), folder);
  const reference = openModel(join(COMMITTED, 'config_A/model'), gemma2);
  const model = openModel(dir, gemma2);
  assert.deepEqual(model.dims, reference.dims);
  const { sliding_window, query_pre_attn_scalar } = readJson(reference.dir, 'config.json');
  const config = readJson(dir, 'config.json');
  assert.equal(config.sliding_window, sliding_window);
  assert.equal(config.query_pre_attn_scalar, config.head_dim); // the file says nothing of it
  assert.notEqual(config.query_pre_attn_scalar, query_pre_attn_scalar);
  for (const [name, slice] of reference.checkpoint.tensors) {
    const [a, b] = [readTensor(model.checkpoint.tensors.get(name)!), readTensor(slice)];
    const allowed = a.dims.length === 1 ? 2 ** -23 : 0;
    assert.ok(
      a.data.every((x, i) => Math.abs(x - b.data[i]!) <= allowed),
      name,
    );
  }
});

/** qwen3_A with the tensors' names of GGUF. */
function qwen3Parts(): GgufParts {
  const source = { dir: join(COMMITTED, 'qwen3_A/model'), name: 'qwen3' };
  return convertedParts(source, [[/post_attention_layernorm/, 'ffn_norm']], (config) => ({
    'qwen3.rope.freq_base': config.rope_theta,
  }));
}

/** config_A with the tensors' names of GGUF and 1 added to its norms. */
function gemma2Parts(): GgufParts {
  const source = { dir: join(COMMITTED, 'config_A/model'), name: 'gemma2', normOffset: 1 };
  const names: [RegExp, string][] = [
    [/post_attention_layernorm/, 'post_attention_norm'],
    [/pre_feedforward_layernorm/, 'ffn_norm'],
    [/post_feedforward_layernorm/, 'post_ffw_norm'],
  ];
  return convertedParts(source, names, (config) => ({
    'gemma2.attention.sliding_window': config.sliding_window,
    'gemma2.attn_logit_softcapping': config.attn_logit_softcapping,
    'gemma2.final_logit_softcapping': config.final_logit_softcapping,
  }));
}

interface Source {
  /** The folder of the model. */
  readonly dir: string;
  /** The architecture's name in GGUF. */
  readonly name: string;
  /** What the converter adds to the weights of norms. */
  readonly normOffset?: number;
}

// biome-ignore lint/suspicious/noExplicitAny: a JSON file's fields
type Fields = (config: any) => Readonly<Record<string, MetadataValue>>;

/** A model under GGUF's names, with llama_A's tokenizer. */
function convertedParts(
  { dir, name, normOffset = 0 }: Source,
  norms: readonly [RegExp, string][],
  fields: Fields,
): GgufParts {
  const { tensors } = openCheckpoint(dir);
  const config = readJson(dir, 'config.json');
  const names: readonly [RegExp, string][] = [
    [/^model\.embed_tokens/, 'token_embd'],
    [/^model\.norm/, 'output_norm'],
    [/^model\.layers\.(\d+)\./, 'blk.$1.'],
    [/input_layernorm/, 'attn_norm'],
    [/self_attn\.o_proj/, 'attn_output'],
    [/self_attn\.(\w)_(proj|norm)/, 'attn_$1_$2'],
    [/attn_(\w)_proj/, 'attn_$1'],
    [/mlp\.(\w+)_proj/, 'ffn_$1'],
    ...norms,
  ];
  const stored = [...tensors].map(([tensor, slice]) => {
    const { data, dims } = readTensor(slice);
    const values = dims.length === 1 ? data.map((w) => w + normOffset) : data;
    const renamed = names.reduce((text, [from, to]) => text.replace(from, to), tensor);
    return float32Tensor(renamed, dims, values);
  });
  const tokens = Array.from({ length: config.vocab_size }, (_, id) => `token ${id}`);
  const metadata = new Map(partsOf(goldenGguf('llama_A_q8_0.gguf')).metadata);
  for (const key of [...metadata.keys()]) if (key.startsWith('llama.')) metadata.delete(key);
  const written = {
    'general.architecture': name,
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.token_type': tokens.map(() => 1),
    'tokenizer.ggml.merges': [],
    [`${name}.block_count`]: config.num_hidden_layers,
    [`${name}.context_length`]: config.max_position_embeddings,
    [`${name}.embedding_length`]: config.hidden_size,
    [`${name}.feed_forward_length`]: config.intermediate_size,
    [`${name}.attention.head_count`]: config.num_attention_heads,
    [`${name}.attention.head_count_kv`]: config.num_key_value_heads,
    [`${name}.attention.key_length`]: config.head_dim,
    [`${name}.attention.value_length`]: config.head_dim,
    [`${name}.attention.layer_norm_rms_epsilon`]: config.rms_norm_eps,
    ...fields(config),
  };
  for (const [key, value] of Object.entries(written)) metadata.set(key, value);
  return { version: 3, metadata, tensors: stored };
}
