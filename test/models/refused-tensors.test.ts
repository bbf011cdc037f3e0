import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { tempDir } from '../temp.ts';
import { oneLine } from './one-line.ts';
import { SMALL, smallTensors, writeSmall } from './small-models.ts';

type Family = keyof typeof SMALL;

const filled = (value: number, ...dims: number[]): Tensor =>
  float32(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(value), dims);
const EMBEDDING = 'model.embed_tokens.weight';

/** Tensors beside those of a model, each with what names it; null where it changes nothing and is let be. */
const TENSORS: readonly [Family, string, Tensor | 'embedding', RegExp | null][] = [
  [
    'llama',
    'model.layers.0.self_attn.q_proj.bias',
    filled(1, 24),
    /unexpected tensor model\.layers\.0\.self_attn\.q_proj\.bias/,
  ],
  [
    'llama',
    'model.layers.2.input_layernorm.weight',
    filled(1, 24),
    /unexpected tensor model\.layers\.2\.input/,
  ],
  [
    'llama',
    'model.layers.0.self_attn.q_norm.weight',
    filled(1, 6),
    /unexpected tensor model\.layers\.0\.self_attn\.q_norm/,
  ],
  [
    'llama',
    'lm_head.weight',
    filled(1, 50, 24),
    /lm_head\.weight differs from model\.embed_tokens/,
  ],
  ['llama', 'lm_head.bias', filled(1, 50), /unexpected tensor lm_head\.bias/],
  ['llama', 'lm_head.weight', 'embedding', null],
  ['llama', 'model.layers.0.self_attn.rotary_emb.inv_freq', filled(1, 3), null],
  ['llama', 'vision_tower.weight', filled(1, 3), /unexpected tensor vision_tower\.weight/],
  [
    'qwen2',
    'model.layers.0.self_attn.o_proj.bias',
    filled(1, 24),
    /unexpected tensor model\.layers\.0\.self_attn\.o_proj\.bias/,
  ],
  [
    'qwen2',
    'model.layers.0.self_attn.q_norm.weight',
    filled(1, 6),
    /unexpected tensor model\.layers\.0\.self_attn\.q_norm/,
  ],
  ['qwen2', 'lm_head.weight', 'embedding', null],
  [
    'qwen3',
    'model.layers.1.self_attn.q_proj.bias',
    filled(1, 32),
    /unexpected tensor model\.layers\.1\.self_attn\.q_proj\.bias/,
  ],
  [
    'mistral',
    'model.layers.0.self_attn.q_proj.bias',
    filled(1, 24),
    /unexpected tensor model\.layers\.0\.self_attn\.q_proj\.bias/,
  ],
  [
    'gemma2',
    'lm_head.weight',
    filled(1, 50, 24),
    /lm_head\.weight differs from model\.embed_tokens/,
  ],
  ['gemma3_text', 'vision_tower.weight', filled(1, 3), null],
  ['gemma3_text', 'audio_tower.weight', filled(1, 3), /unexpected tensor audio_tower\.weight/],
  [
    'gemma3_text',
    'language_model.model.norm.weight',
    filled(1, 24),
    /model\.norm\.weight occurs twice/,
  ],
];

suite('a tensor that the config does not make is refused by a line that names file and tensor', () => {
  for (const [family, name, tensor, message] of TENSORS)
    test(`${family}: ${name}${message ? '' : ', which changes nothing'}`, (t) => {
      const tensors = smallTensors(SMALL[family]);
      const extra = tensor === 'embedding' ? tensors[EMBEDDING]! : tensor;
      const dir = writeSmall(tempDir(t), SMALL[family], { ...tensors, [name]: extra });
      if (message === null) loadModel(dir);
      else
        assert.throws(
          () => loadModel(dir),
          oneLine(new RegExp(`model\\.safetensors: ${message.source}`)),
        );
    });
});

test('an adapter beside the weights is named', (t) => {
  const dir = writeSmall(tempDir(t), SMALL.llama, smallTensors(SMALL.llama));
  writeFileSync(join(dir, 'adapter_config.json'), '{}');
  assert.throws(() => loadModel(dir), {
    message: `${join(dir, 'adapter_config.json')}: changes the weights when it is applied: merge it into them first`,
  });
});

/** A tensor that each family has, whatever its config says. */
const NEEDED: readonly [Family, string][] = [
  ['qwen2', 'model.layers.2.self_attn.k_proj.bias'],
  ['qwen3', 'model.layers.2.self_attn.k_norm.weight'],
  ['mistral', 'lm_head.weight'],
];

for (const [family, name] of NEEDED)
  test(`${family}: a missing ${name} is named`, (t) => {
    const { [name]: missing, ...tensors } = smallTensors(SMALL[family]);
    assert.ok(missing);
    const dir = writeSmall(tempDir(t), SMALL[family], tensors);
    const line = new RegExp(`missing tensor: ${name.replaceAll('.', '\\.')}`);
    assert.throws(() => loadModel(dir), oneLine(line));
  });

test('a head of its own that is missing is named', (t) => {
  const tensors = smallTensors(SMALL.gemma2);
  const dir = writeSmall(tempDir(t), { ...SMALL.gemma2, tie_word_embeddings: false }, tensors);
  assert.throws(() => loadModel(dir), oneLine(/missing tensor: lm_head\.weight/));
});

/** Types that are read, and are no weights. */
const NO_FLOATS = {
  int64: new BigInt64Array(24),
  int32: new Int32Array(24),
  int8: new Int8Array(24),
  uint8: new Uint8Array(24),
  bool: new Uint8Array(24),
} as const;

for (const [dtype, data] of Object.entries(NO_FLOATS))
  test(`a weight of ${dtype} is named`, (t) => {
    const tensors = smallTensors(SMALL.llama);
    const whole = { dtype, dims: [24], data } as Tensor;
    const dir = writeSmall(tempDir(t), SMALL.llama, { ...tensors, 'model.norm.weight': whole });
    const line = new RegExp(`model\\.norm\\.weight has the type ${dtype}`);
    assert.throws(() => loadModel(dir), oneLine(line));
  });
