import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { tempDir } from '../temp.ts';
import { oneLine } from './one-line.ts';
import { SMALL, smallTensors, writeSmall } from './small-models.ts';

type Family = keyof typeof SMALL;

const FULL = 'full_attention';
const SLIDING = 'sliding_attention';
const factor = { factor: 2 };

/** Fields that ask for what is not built, that contradict each other, or that are not known: each with what names it. */
const FIELDS: Readonly<Record<Family, readonly (readonly [object, RegExp])[]>> = {
  llama: [
    [{ attention_multiplier: 2 }, /attention_multiplier: unknown field/],
    [{ attention_multiplier: null }, /attention_multiplier: unknown field/],
    [{ constructor: 2 }, /constructor: unknown field/],
    [{ 'two\nlines': 2 }, /two\\u000alines: unknown field/],
    [{ num_hidden_layers: 1e9 }, /num_hidden_layers: Too big: expected number to be <=10000/],
    [{ num_hidden_layers: 1e300 }, /num_hidden_layers: /],
    [{ num_hidden_layers: -1 }, /num_hidden_layers: /],
    [{ hidden_size: '24' }, /hidden_size: Invalid input: .*, found "24": fetch or .* another$/],
    [{ hidden_size: undefined }, /hidden_size: Invalid input: .*, found nothing: /],
    [{ vocab_size: 50.5 }, /vocab_size: /],
    [{ max_position_embeddings: 2 ** 40 }, /max_position_embeddings: Too big/],
    [{ rms_norm_eps: 0 }, /rms_norm_eps: /],
    // Beyond what float32 holds, they would be infinite or 0.
    [{ rms_norm_eps: 1e-46 }, /rms_norm_eps: Too small: .*1e-30, found 1e-46: /],
    [{ rope_theta: 1e39 }, /rope_theta: Too big: .*1e\+30, found 1e\+39: /],
    [{ rope_scaling: { rope_type: 'linear', factor: 1e-40 } }, /rope_scaling\.factor: Too small/],
    [{ rope_scaling: { rope_type: 'yarn', factor: 1e300 } }, /rope_scaling\.factor: Too big/],
    [{ rope_scaling: [] }, /rope_scaling: expected default, .*, found \[\]: /],
    [{ rope_theta: null }, /rope_theta: /],
    [{ tie_word_embeddings: 'no' }, /tie_word_embeddings: /],
    [
      { rope_scaling: { rope_type: 'longrope', ...factor } },
      /rope_scaling\.rope_type: expected default, linear, llama3 or yarn/,
    ],
    [{ rope_scaling: { type: 'dynamic', ...factor } }, /rope_scaling\.rope_type: expected default/],
    [{ rope_scaling: { rope_type: 'linear' } }, /rope_scaling\.factor: /],
    [
      { rope_scaling: { rope_type: 'linear', ...factor, beta_fast: 32 } },
      /rope_scaling\.beta_fast: unknown field/,
    ],
    [
      { rope_scaling: { rope_type: 'linear', type: 'default', ...factor } },
      /rope_scaling\.type: default here/,
    ],
    [
      { rope_scaling: { rope_type: 'linear', ...factor, partial_rotary_factor: 0.5 } },
      /rope_scaling\.partial_rotary_factor: /,
    ],
    [
      { rope_scaling: { rope_type: 'llama3', ...factor, low_freq_factor: 4, high_freq_factor: 1 } },
      /rope_scaling\.high_freq_factor: expected more/,
    ],
    [{ rope_parameters: { rope_theta: 7 } }, /rope_theta: 100 here, 7 in rope_parameters/],
    [
      {
        rope_parameters: { rope_type: 'default' },
        rope_scaling: { rope_type: 'linear', ...factor },
      },
      /rope_scaling: differs from rope_parameters/,
    ],
    [{ partial_rotary_factor: 0.5 }, /partial_rotary_factor: /],
    [{ rope_interleaved: true }, /rope_interleaved: /],
    [{ hidden_act: 'relu' }, /hidden_act: /],
    [{ hidden_act: 'gelu' }, /hidden_act: /],
    [{ sliding_window: 8 }, /sliding_window: /],
    [{ layer_types: [FULL, SLIDING] }, /layer_types\.1: /],
    [{ layer_types: [FULL] }, /layer_types: 1 kinds for 2 layers/],
    [{ quantization_config: { quant_method: 'fp8' } }, /quantization_config: /],
    [{ attention_bias: 'yes' }, /attention_bias: /],
    [{ hidden_size: 28 }, /head_dim: absent, and 28 \/ 4 is odd/],
    [{ num_key_value_heads: 3 }, /4 heads cannot share 3 key\/value heads/],
  ],
  qwen2: [
    [{ mlp_bias: true }, /mlp_bias: unknown field/],
    [{ qk_layernorm: true }, /qk_layernorm: unknown field/],
    [{ use_mrope: true }, /use_mrope: /],
    [{ use_sliding_window: 'no' }, /use_sliding_window: /],
    [{ max_window_layers: -1 }, /max_window_layers: /],
    [{ max_window_layers: 1.5 }, /max_window_layers: /],
    [{ sliding_window: 0 }, /sliding_window: /],
    [
      { use_sliding_window: false, layer_types: [FULL, FULL, SLIDING] },
      /use_sliding_window: false, but some layers are sliding/,
    ],
    [
      { sliding_window: null, layer_types: [FULL, FULL, SLIDING] },
      /sliding_window: null, but some layers are sliding/,
    ],
    [{ layer_types: [FULL] }, /layer_types: 1 kinds for 3 layers/],
    [{ layer_types: [FULL, FULL, 'chunked_attention'] }, /layer_types\.2: /],
    // 32 is what transformers takes.
    [{ num_key_value_heads: undefined }, /4 heads cannot share 32 key\/value heads/],
    [{ hidden_size: 28 }, /head_dim: absent, and 28 \/ 4 is odd/],
    ...refusedYarn(),
  ],
  qwen3: [
    [{ num_experts: 8 }, /num_experts: unknown field/],
    [{ head_dim: null }, /head_dim: /],
    [{ head_dim: 7 }, /head_dim: /],
    [{ use_mrope: false }, /use_mrope: unknown field/],
    [{ rms_norm_eps: -1e-6 }, /rms_norm_eps: /],
    [
      { use_sliding_window: undefined, layer_types: [FULL, SLIDING, SLIDING] },
      /use_sliding_window: false, but some layers are sliding/,
    ],
    ...refusedYarn(),
  ],
  mistral: [
    [{ use_sliding_window: false }, /use_sliding_window: unknown field/],
    [{ num_local_experts: 8 }, /num_local_experts: unknown field/],
    [{ sliding_window: -5 }, /sliding_window: /],
    [{ layer_types: [FULL, SLIDING] }, /layer_types: not all sliding, as sliding_window 5 makes/],
    [
      { sliding_window: null, layer_types: [FULL, SLIDING] },
      /layer_types: not all global, as sliding_window null makes/,
    ],
    [{ layer_types: [SLIDING] }, /layer_types: 1 kinds for 2 layers/],
    ...refusedYarn(),
  ],
  gemma2: [
    [{ query_scale: 2 }, /query_scale: unknown field/],
    [{ attn_logit_softcapping: 1e-46 }, /attn_logit_softcapping: Too small/],
    [{ final_logit_softcapping: 1e39 }, /final_logit_softcapping: Too big/],
    [{ query_pre_attn_scalar: 1e-300 }, /query_pre_attn_scalar: Too small/],
    [{ hidden_act: 'silu' }, /hidden_act: silu, but hidden_activation is gelu-tanh/],
    [{ hidden_activation: 'gelu' }, /hidden_activation: /],
    [{ sliding_window_size: 9 }, /sliding_window_size: 9, but sliding_window is 5/],
    [{ sliding_window: null }, /sliding_window: null, but some layers are sliding/],
    [{ layer_types: [FULL, 'chunked_attention', FULL] }, /layer_types\.1: /],
    [{ use_bidirectional_attention: true }, /use_bidirectional_attention: /],
    [
      { rope_parameters: { full_attention: { rope_type: 'default' } } },
      /rope_parameters\.full_attention: unknown field/,
    ],
  ],
  gemma3_text: [
    [{ altup_active_idx: 0 }, /altup_active_idx: unknown field/],
    [{ attn_logit_softcapping: 50 }, /attn_logit_softcapping: /],
    [{ use_bidirectional_attention: true }, /use_bidirectional_attention: /],
    [
      { sliding_window_pattern: undefined, _sliding_window_pattern: 2 },
      /_sliding_window_pattern: 2, but transformers takes 6/,
    ],
    [
      { rope_parameters: { rope_type: 'default', rope_theta: 1000 } },
      /rope_parameters\.rope_type: unknown field/,
    ],
    [
      { rope_parameters: { sliding_attention: { rope_theta: 9 } } },
      /rope_local_base_freq: 50 here, 9 in rope_parameters/,
    ],
    [{ layer_types: [FULL] }, /layer_types: 1 kinds for 4 layers/],
  ],
};

/** What is not built of yarn. */
function refusedYarn(): [object, RegExp][] {
  const yarn = { rope_type: 'yarn', factor: 4 };
  const others: [object, RegExp][] = [
    [{ attention_factor: 1.2 }, /rope_scaling\.attention_factor: unknown field/],
    [{ mscale: 1 }, /rope_scaling\.mscale: unknown field/],
    [{ mscale_all_dim: 1 }, /rope_scaling\.mscale_all_dim: unknown field/],
    [{ beta_fast: 16 }, /rope_scaling\.beta_fast: /],
    [{ beta_slow: 2 }, /rope_scaling\.beta_slow: /],
    [{ truncate: false }, /rope_scaling\.truncate: /],
    [{ factor: 0.5 }, /rope_scaling\.factor: /],
    [{ factor: undefined }, /rope_scaling\.factor: /],
    [{ original_max_position_embeddings: 0 }, /rope_scaling\.original_max_position_embeddings: /],
  ];
  return [
    ...others.map(([edit, message]): [object, RegExp] => [
      { rope_scaling: { ...yarn, ...edit } },
      message,
    ]),
    [{ rope_theta: 1, rope_scaling: yarn }, /rope_theta: 1, and yarn needs more than 1/],
    [
      { rope_parameters: { ...yarn, factor: 2 }, rope_scaling: yarn },
      /rope_scaling: differs from rope_parameters/,
    ],
  ];
}

for (const [family, fields] of Object.entries(FIELDS) as [Family, (typeof FIELDS)[Family]][])
  suite(`a config.json of ${family} is refused by a line that names file and field`, () => {
    for (const [edit, message] of fields)
      test(JSON.stringify(edit), (t) => {
        const dir = writeSmall(
          tempDir(t),
          { ...SMALL[family], ...edit },
          smallTensors(SMALL[family]),
        );
        assert.throws(
          () => loadModel(dir),
          oneLine(new RegExp(`config\\.json: ${message.source}`)),
        );
      });
  });

/** Texts in place of config.json, each with what names the fault. */
const CONFIGS: Readonly<Record<string, readonly [string | Buffer, RegExp]>> = {
  nothing: ['', /not JSON, it is empty/],
  null: ['null', /null, where an object is expected/],
  'a list': ['[]', /a list, where an object is expected/],
  'a text': ['"llama"', /a string, where an object is expected/],
  'NaN of Python': ['{"model_type": "llama", "rms_norm_eps": NaN}', /not JSON/],
  'a number beyond all': [
    JSON.stringify(SMALL.llama).replace('"rope_theta":100', '"rope_theta":1e999'),
    /rope_theta: /,
  ],
  'a key twice': [
    '{"model_type": "llama", "vocab_size": 50, "vocab_size": 51}',
    /the key "vocab_size" stands twice/,
  ],
  'a key twice in a part': [
    '{"model_type": "llama", "rope_scaling": {"factor": 1, "factor": 2}}',
    /the key "factor" stands twice/,
  ],
  'UTF-16': [Buffer.from('\ufeff{"model_type": "llama"}', 'utf16le'), /not UTF-8: /],
  'no model_type': ['{}', /model_type undefined is not supported: use a model of one of/],
  'a model_type of JavaScript’s own': [
    '{"model_type": "__proto__"}',
    /model_type __proto__ is not supported: use a model of one of/,
  ],
  'a model_type that is an object': [
    '{"model_type": {"toString": 1}}',
    /model_type \{ toString: 1 \} is not supported: use/,
  ],
  'a model_type of two lines': [
    '{"model_type": "llama\\n"}',
    /model_type llama\\u000a is not supported: use/,
  ],
  'a key of JavaScript’s own': [
    JSON.stringify(SMALL.llama).replace('{', '{"__proto__": {"scale": 2}, '),
    /__proto__: unknown field/,
  ],
};

suite('what is no config.json is refused in one line', () => {
  for (const [name, [content, message]] of Object.entries(CONFIGS))
    test(name, (t) => {
      const dir = writeSmall(tempDir(t), {}, smallTensors(SMALL.llama));
      writeFileSync(join(dir, 'config.json'), content);
      const line = new RegExp(`^${dir}/config\\.json: ${message.source}`);
      assert.throws(
        () => loadModel(dir),
        ({ message: thrown }: Error) => line.test(thrown) && !/\n/.test(thrown),
      );
    });

  test('a byte order mark is none', (t) => {
    const dir = writeSmall(tempDir(t), {}, smallTensors(SMALL.llama));
    writeFileSync(join(dir, 'config.json'), `\ufeff${JSON.stringify(SMALL.llama)}`);
    assert.equal(loadModel(dir).dims.nLayers, 2);
  });
});

test('a multimodal config is refused by what stands inside and outside of the text part', (t) => {
  const dir = tempDir(t);
  const load = (edit: object) => {
    const config = { model_type: 'gemma3', text_config: SMALL.gemma3_text, ...edit };
    return () => loadModel(writeSmall(dir, config, smallTensors(SMALL.gemma3_text)));
  };
  load({})();
  const inside = (edit: object) => load({ text_config: { ...SMALL.gemma3_text, ...edit } });
  assert.throws(
    inside({ logit_scale: 2 }),
    oneLine(/config\.json: text_config\.logit_scale: unknown field/),
  );
  assert.throws(
    inside({ model_type: 'gemma2' }),
    oneLine(/text_config\.model_type: gemma2, expected/),
  );
  assert.throws(load({ audio_config: {} }), oneLine(/config\.json: audio_config: unknown field/));
  assert.throws(load({ text_config: undefined }), oneLine(/config\.json: text_config: /));
  assert.throws(
    load({
      tie_word_embeddings: false,
      text_config: { ...SMALL.gemma3_text, tie_word_embeddings: true },
    }),
    oneLine(/text_config\.tie_word_embeddings: true here, false outside/),
  );
});
