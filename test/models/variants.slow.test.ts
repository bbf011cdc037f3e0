import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Model } from '../../pipeline/models/model.ts';
import { generate } from '../../pipeline/runtime/generate.ts';
import { openCheckpoint, readTensor } from '../../pipeline/sources/formats/safetensors.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { configOf, fullestRun, goldenModels, loadGolden, numbers, tolerance } from '../golden.ts';
import { goldenSequences } from '../golden-sae.ts';
import { tempDir } from '../temp.ts';
import { distance } from './golden-run.ts';
import { type PlainConfig, plainLogits } from './plain-decoder.ts';
import { FULL, linear, llama3, SLIDING, yarn } from './small-configs.ts';
import { type Family, IDS, logitsOf, NEAR } from './small-logits.ts';
import { SMALL, smallTensors, writeSmall } from './small-models.ts';

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
