import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { tempDir } from '../temp.ts';
import { FULL, linear, llama3, SLIDING, yarn } from './small-configs.ts';
import { type Family, logitsOf } from './small-logits.ts';
import { SMALL, smallTensors, writeSmall } from './small-models.ts';

/** Other ways to say the same. */
const LAYOUTS: Readonly<Record<Family, Readonly<Record<string, readonly [object, object?]>>>> = {
  llama: {
    'rope_parameters with θ inside': [
      { rope_theta: undefined, rope_parameters: { rope_type: 'default', rope_theta: 100 } },
    ],
    'θ inside and outside': [{ rope_parameters: { rope_theta: 100 } }],
    'layer_types spelt out': [{ layer_types: [FULL, FULL] }],
    'the size of heads spelt out': [{ head_dim: 6 }],
    'no size of heads': [{ head_dim: null }],
    'rope_scaling with an older name': [
      { rope_scaling: { type: 'linear', factor: 4 } },
      { rope_scaling: linear },
    ],
    'scaling of Llama 3 in rope_parameters': [
      { rope_theta: undefined, rope_parameters: { ...llama3, rope_theta: 100 } },
      { rope_scaling: llama3 },
    ],
    'scaling of Llama 3 without its original context': [
      { rope_scaling: { ...llama3, original_max_position_embeddings: undefined } },
      { rope_scaling: llama3 },
    ],
    'what changes no number': [
      {
        rope_interleaved: false,
        is_llama_config: true,
        pretraining_tp: 1,
        use_cache: true,
        eos_token_id: [1, 2],
      },
    ],
  },
  qwen2: {
    'rope_parameters with θ inside': [
      { rope_theta: undefined, rope_parameters: { rope_type: 'default', rope_theta: 100 } },
    ],
    'layer_types spelt out': [{ layer_types: [FULL, SLIDING, SLIDING] }],
    'the size of heads spelt out': [{ head_dim: 6 }],
    'sizes of windows that there are none of': [
      { use_sliding_window: false, sliding_window: 3, max_window_layers: 0 },
      { use_sliding_window: false },
    ],
    'biases that the config says are not there': [{ attention_bias: false }],
    'biases that the config says are there': [{ attention_bias: true }],
    'yarn with an older name, and its defaults': [
      {
        rope_scaling: {
          type: 'yarn',
          factor: 4,
          original_max_position_embeddings: 48,
          beta_fast: 32,
          beta_slow: 1,
          truncate: true,
        },
      },
      { rope_scaling: yarn },
    ],
    'yarn without its original context': [
      { rope_scaling: { ...yarn, original_max_position_embeddings: undefined } },
      { rope_scaling: { ...yarn, original_max_position_embeddings: 64 } },
    ],
    'what changes no number': [{ use_mrope: false, attention_dropout: 0 }],
  },
  qwen3: {
    'layer_types spelt out': [{ layer_types: [FULL, FULL, SLIDING] }],
    'no biases, spelt out': [{ attention_bias: false }],
    'no scaling': [{ rope_scaling: null }],
  },
  mistral: {
    'layer_types spelt out': [{ layer_types: [SLIDING, SLIDING] }],
    'no windows, spelt out': [
      { sliding_window: null, layer_types: [FULL, FULL] },
      { sliding_window: null },
    ],
    'the default window': [{ sliding_window: undefined }, { sliding_window: 4096 }],
    'a window wider than whole numbers of 32 bits': [
      { sliding_window: 2 ** 32 },
      { sliding_window: 4096 },
    ],
    'biases that transformers does not read': [{ attention_bias: true }],
    'the size of heads spelt out': [{ head_dim: 6 }],
  },
  gemma2: {
    'rope_parameters with θ inside': [
      { rope_theta: undefined, rope_parameters: { rope_type: 'default', rope_theta: 100 } },
    ],
    'layer_types spelt out': [{ layer_types: [SLIDING, FULL, SLIDING] }],
    'a field under two names': [{ hidden_act: 'gelu_pytorch_tanh', sliding_window_size: 5 }],
  },
  gemma3_text: {
    'rope_parameters with θ inside': [
      {
        rope_theta: undefined,
        rope_local_base_freq: undefined,
        rope_parameters: {
          full_attention: { rope_type: 'default', rope_theta: 1000 },
          sliding_attention: { rope_type: 'default', rope_theta: 50 },
        },
      },
    ],
    'layer_types beside a pattern': [
      { layer_types: [SLIDING, SLIDING, FULL, SLIDING], _sliding_window_pattern: 6 },
    ],
    'scaling in rope_parameters': [
      { rope_parameters: { full_attention: linear } },
      { rope_scaling: linear },
    ],
  },
};

for (const [family, layouts] of Object.entries(LAYOUTS) as [Family, (typeof LAYOUTS)[Family]][])
  suite(`${family}, said in another way`, () => {
    const logitsWith = (dir: string, edit: object = {}) => {
      const config = { ...SMALL[family], ...edit };
      return logitsOf(loadModel(writeSmall(dir, config, smallTensors(config))));
    };
    for (const [what, [edit, same]] of Object.entries(layouts))
      test(what, async (t) => {
        assert.deepEqual(await logitsWith(tempDir(t), edit), await logitsWith(tempDir(t), same));
      });
  });

suite('the text part of a multimodal Gemma 3', () => {
  const tensors = smallTensors(SMALL.gemma3_text);
  const vision = smallTensors({ ...SMALL.llama, num_hidden_layers: 1 });
  const outer = {
    model_type: 'gemma3',
    vision_config: { hidden_size: 1152 },
    mm_tokens_per_image: 256,
    image_token_index: 262144,
    eos_token_id: [1, 106],
  };
  const renamed = (from: object, prefix: string) =>
    Object.fromEntries(Object.entries(from).map(([name, x]) => [`${prefix}${name}`, x]));
  const withoutModel = Object.fromEntries(
    Object.entries(tensors).map(([name, x]) => [name.replace(/^model\./, ''), x]),
  );
  const NAMES = {
    'as on the hub': {
      ...renamed(tensors, 'language_model.'),
      ...renamed(vision, 'vision_tower.'),
      ...renamed(vision, 'multi_modal_projector.'),
    },
    'as newer versions save it': {
      ...renamed(withoutModel, 'model.language_model.'),
      ...renamed(vision, 'model.vision_tower.'),
      ...renamed(vision, 'model.multi_modal_projector.'),
    },
  };
  for (const [what, named] of Object.entries(NAMES))
    test(what, async (t) => {
      const text = loadModel(writeSmall(tempDir(t), SMALL.gemma3_text, tensors));
      const config = { ...outer, text_config: SMALL.gemma3_text };
      const model = loadModel(writeSmall(tempDir(t), config, named));
      assert.deepEqual(await logitsOf(model), await logitsOf(text));
    });
});
