import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tempDir } from '../temp.ts';
import { type GgufParts, goldenGguf } from './formats/gguf/write-gguf.ts';
import { readJson, unpack, unpackChanged } from './unpack.ts';

const CONFIGS: Readonly<Record<string, object>> = {
  'llama_A_q8_0.gguf': {
    model_type: 'llama',
    hidden_act: 'silu',
    rope_theta: 100000,
    rope_scaling: null,
    head_dim: 16,
    rms_norm_eps: Math.fround(1e-5),
    eos_token_id: 2,
  },
  'gemma3_A_q8_0.gguf': {
    model_type: 'gemma3_text',
    hidden_activation: 'gelu_pytorch_tanh',
    rope_theta: 1000000,
    rope_local_base_freq: 10000,
    sliding_window: 7,
    query_pre_attn_scalar: 16, // the file does not say the model's own 24
    layer_types: ['sliding_attention', 'sliding_attention', 'full_attention', 'sliding_attention'],
    rms_norm_eps: Math.fround(1e-6),
    eos_token_id: 1,
  },
  'qwen2_A_f32.gguf': {
    model_type: 'qwen2',
    hidden_act: 'silu',
    use_sliding_window: false,
    rope_theta: 1000000,
    head_dim: 12,
    vocab_size: 272,
  },
};

for (const [name, expected] of Object.entries(CONFIGS))
  test(`${name}: config.json says what the metadata say`, (t) => {
    const { dir } = unpack(goldenGguf(name), tempDir(t));
    const config = readJson(dir, 'config.json');
    assert.deepEqual({ ...config, ...expected }, config);
    assert.equal(config.tie_word_embeddings, true);
    assert.equal(config.max_position_embeddings, 128);
  });

const PATTERN = 'gemma3.attention.sliding_window_pattern';
const kindsOf = (dir: string): string =>
  readJson(dir, 'config.json')
    .layer_types.map((kind: string) => kind[0])
    .join('');

test("gemma3's global layers: every sixth where the file does not say, or by a list", (t) => {
  const changed = (change: (parts: GgufParts) => void) =>
    kindsOf(unpackChanged(t, 'gemma3_A_q8_0.gguf', change));
  assert.equal(
    changed(({ metadata }) => void metadata.delete(PATTERN)),
    'ssss',
  );
  const list = [true, false, false, true];
  assert.equal(
    changed(({ metadata }) => void metadata.set(PATTERN, list)),
    'sffs',
  );
});

test('a list of layers of another length is refused', (t) => {
  assert.throws(
    () =>
      unpackChanged(
        t,
        'gemma3_A_q8_0.gguf',
        ({ metadata }) => void metadata.set(PATTERN, [true, false]),
      ),
    /sliding_window_pattern is a list of 2, and the model has 4 layers/,
  );
});

test("gemma3's rotary bases and factor are read where they are there", (t) => {
  const dir = unpackChanged(t, 'gemma3_A_q8_0.gguf', ({ metadata }) => {
    metadata.set('gemma3.rope.freq_base_swa', 20000);
    metadata.set('gemma3.rope.scaling.type', 'linear');
    metadata.set('gemma3.rope.scaling.factor', 8);
  });
  const { rope_local_base_freq, rope_scaling } = readJson(dir, 'config.json');
  assert.equal(rope_local_base_freq, 20000);
  assert.deepEqual(rope_scaling, { rope_type: 'linear', factor: 8 });
});
