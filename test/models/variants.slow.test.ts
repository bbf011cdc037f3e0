import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { forward } from '../../pipeline/models/forward.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { generate } from '../../pipeline/runtime/generate.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { openCheckpoint, readTensor } from '../../pipeline/sources/formats/safetensors.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { configOf, fullestRun, goldenModels, loadGolden, numbers, tolerance } from '../golden.ts';
import { goldenSequences } from '../golden-sae.ts';
import { tempDir } from '../temp.ts';
import { distance } from './golden-run.ts';
import { type PlainConfig, plainLogits } from './plain-decoder.ts';
import { SMALL, smallTensors, writeSmall } from './small-models.ts';

type Family = keyof typeof SMALL;

const IDS = [
  [2, 7, 11, 30, 5, 19, 44, 8, 8, 3, 21, 40, 9, 33, 17, 26, 48, 12],
  [2, 49, 6, 14, 27],
];

/** Far above what float32 rounds in logits of this size. */
const NEAR = 1e-4;

/** [sequence][position · token], each sequence in a batch with left padding. */
async function logitsOf(model: Model): Promise<number[][]> {
  const graph = new Graph();
  const { weights, resid } = forward(model, graph);
  graph.output('logits', model.unembed(weights, resid).logits);
  const session = await openSession(graph, { provider: 'cpu', threads: 1 });
  const batch = padLeft(IDS);
  const { data } = (await session.run(batch.feeds)).logits!;
  await session.release();
  const { dVocab } = model.dims;
  return IDS.map((_, row) => {
    const start = row * batch.length + batch.pads[row]!;
    return numbers(data.slice(start * dVocab, (row + 1) * batch.length * dVocab));
  });
}

const plain = (config: PlainConfig): number[][] => {
  const tensors = new Map(Object.entries(smallTensors(config)));
  return IDS.map((ids) => plainLogits(config, tensors, ids).flatMap((logits) => [...logits]));
};

const far = (a: readonly number[][], b: readonly number[][]): number =>
  Math.max(...a.map((row, i) => distance(row, b[i]!)));

for (const golden of goldenModels())
  test(`the plain decoder agrees with the reference: ${golden.name}`, async () => {
    const file = fullestRun(golden);
    const npz = await loadGolden(golden, file);
    const { data, dims } = npz.get('logits');
    const [, length, vocab] = dims as [number, number, number];
    const { tensors } = openCheckpoint(join(golden.dir, 'model'));
    const read = new Map([...tensors].map(([name, slice]) => [name, readTensor(slice)]));
    const config = configOf(golden) as unknown as PlainConfig;
    goldenSequences(npz).forEach(({ ids, pad }, row) => {
      const found = plainLogits(config, read, ids).flatMap((logits) => [...logits]);
      const start = (row * length + pad) * vocab;
      const expected = numbers(data.slice(start, (row + 1) * length * vocab));
      assert.ok(distance(found, expected) <= tolerance(golden, file, 'logits') / 10);
    });
  });

const linear = { rope_type: 'linear', factor: 4 };
const llama3 = {
  rope_type: 'llama3',
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 64,
};
/** Of a context in which the first pair's frequency is kept, the second's divided in part, the others' whole. */
const yarn = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 48 };
const SLIDING = 'sliding_attention';
const FULL = 'full_attention';

/** What changes the function of each family's model. */
const VARIANTS: Readonly<Record<Family, Readonly<Record<string, Partial<PlainConfig>>>>> = {
  llama: {
    'a size of heads of its own': { head_dim: 10 },
    'biases of attention': { attention_bias: true },
    'biases of the MLP': { mlp_bias: true },
    'a head of its own': { tie_word_embeddings: false },
    'linear scaling': { rope_scaling: linear },
    'scaling as in Llama 3': { rope_scaling: llama3 },
    yarn: { rope_scaling: yarn },
    'another activation': { hidden_act: 'gelu_pytorch_tanh' },
    'a key for every query': { num_key_value_heads: undefined },
    'one key for all queries': { num_key_value_heads: 1 },
    'everything at once': {
      head_dim: 6,
      attention_bias: true,
      mlp_bias: true,
      tie_word_embeddings: false,
      rope_scaling: llama3,
      num_hidden_layers: 3,
    },
  },
  qwen2: {
    'a size of heads of its own': { head_dim: 10 },
    'a head of its own': { tie_word_embeddings: undefined },
    'no windows, whatever their sizes': { use_sliding_window: false },
    'no windows where nothing asks for them': { use_sliding_window: undefined },
    'no window': { sliding_window: null },
    'the default window': { sliding_window: undefined },
    'a window on every layer': { max_window_layers: 0 },
    'the default of layers without one': { max_window_layers: undefined },
    'layers that are listed': { layer_types: [SLIDING, FULL, SLIDING] },
    'a key for every query': { num_key_value_heads: null },
    'scaling as in Llama 3': { rope_scaling: llama3 },
    yarn: { rope_scaling: yarn },
    'yarn without windows, in new fields': {
      use_sliding_window: false,
      rope_theta: undefined,
      rope_parameters: { ...yarn, rope_theta: 400 },
    },
  },
  qwen3: {
    'the default size of heads': { head_dim: undefined },
    'biases of attention, of the output, too': { attention_bias: true },
    'a head of its own': { tie_word_embeddings: undefined },
    'no windows': { use_sliding_window: false },
    'layers that are listed': { layer_types: [SLIDING, FULL, FULL] },
    'layers that all slide': { max_window_layers: 0 },
    'linear scaling': { rope_scaling: linear },
    yarn: { rope_scaling: yarn },
    'everything at once': {
      head_dim: 10,
      attention_bias: true,
      tie_word_embeddings: false,
      max_window_layers: 1,
      rope_scaling: yarn,
    },
  },
  mistral: {
    'no window': { sliding_window: null },
    'the default window': { sliding_window: undefined },
    'a window of one token': { sliding_window: 1 },
    'a size of heads of its own': { head_dim: 10 },
    'a tied head': { tie_word_embeddings: true },
    'a key for every query': { num_key_value_heads: null },
    yarn: { rope_scaling: yarn },
  },
  gemma2: {
    'biases of attention': { attention_bias: true },
    'a head of its own': { tie_word_embeddings: false },
    'other layers': { layer_types: [FULL, FULL, SLIDING] },
    'no window': { layer_types: [FULL, FULL, FULL], sliding_window: null },
    'no soft caps': { attn_logit_softcapping: null, final_logit_softcapping: null },
    'linear scaling': { rope_scaling: linear },
  },
  gemma3_text: {
    'biases of attention': { attention_bias: true },
    'a head of its own': { tie_word_embeddings: false },
    'other layers': { layer_types: [FULL, SLIDING, SLIDING, FULL] },
    'layers that all slide': { layer_types: [SLIDING, SLIDING, SLIDING, SLIDING] },
    'another pattern': { sliding_window_pattern: 2 },
    'the default pattern': { sliding_window_pattern: undefined, num_hidden_layers: 7 },
    'bases that are not said': { rope_theta: undefined, rope_local_base_freq: undefined },
    'linear scaling, of global layers alone': { rope_scaling: linear },
    'a soft cap of logits': { final_logit_softcapping: 3 },
    'yarn, of global layers alone': { rope_scaling: yarn },
    'everything in new fields': {
      rope_theta: undefined,
      rope_local_base_freq: undefined,
      layer_types: [SLIDING, FULL, SLIDING, FULL],
      rope_parameters: {
        full_attention: { ...llama3, rope_theta: 400 },
        sliding_attention: { ...linear, rope_theta: 30 },
      },
    },
  },
};

for (const [family, variants] of Object.entries(VARIANTS) as [Family, object][])
  suite(`${family}, as the plain decoder has it`, async () => {
    const base: PlainConfig = SMALL[family];

    test('plain', async (t) => {
      const model = loadModel(writeSmall(tempDir(t), base, smallTensors(base)));
      assert.ok(far(await logitsOf(model), plain(base)) < NEAR);
    });

    for (const [what, edit] of Object.entries(variants))
      test(what, async (t) => {
        const config = { ...base, ...edit };
        const model = loadModel(writeSmall(tempDir(t), config, smallTensors(config)));
        const expected = plain(config);
        assert.ok(far(expected, plain(base)) > 100 * NEAR, 'changes nothing');
        assert.ok(far(await logitsOf(model), expected) < NEAR);
        await assertGreedy(model, config);
      });
  });

/** The model's own continuation, from its cache, is the likeliest token each time. */
async function assertGreedy(model: Model, config: PlainConfig): Promise<void> {
  const tensors = new Map(Object.entries(smallTensors(config)));
  const prompts = IDS.map((prompt, row) => ({ key: String(row), prompt }));
  const options = { provider: 'cpu', seed: 1, batchSize: 8, stopIds: [], driver: 'host' } as const;
  const greedy = { temperature: 1, topP: 1e-9, maxNewTokens: 6 };
  const completions = await generate(model, prompts, { ...options, ...greedy });
  completions.forEach(({ ids }, row) => {
    const logits = plainLogits(config, tensors, [...IDS[row]!, ...ids]);
    const likeliest = ids.map((_, i) => {
      const at = logits[IDS[row]!.length - 1 + i]!;
      return at.indexOf(Math.max(...at));
    });
    assert.deepEqual([...ids], likeliest);
  });
}

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
