import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { reshape } from '../../pipeline/graph/layout.ts';
import { add, equal, where } from '../../pipeline/graph/ops.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { type GenerateOptions, generate, type Prompt } from '../../pipeline/runtime/generate.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { MINIATURE, tokenizer } from '../miniature/miniature.ts';

const CONFIG = JSON.parse(readFileSync(join(MINIATURE, 'config.json'), 'utf8')) as {
  max_position_embeddings: number;
};
const model = loadModel(MINIATURE);
const HOOK = 'blocks.2.hook_resid_post';
const { dModel, dVocab } = model.dims;
const push = Float32Array.from({ length: dModel }, (_, i) => 4 * Math.sin(1 + i));

/** Of several lengths; two are equal, one has drawn before. */
const prompts: Prompt[] = [
  'Colors',
  'Types of Trees',
  'Ocean',
  'Colors',
  'Musical Instruments',
].map((topic, i) => {
  const message = `Provide me with a short list of ${topic}. Just provide the names, no need for any other information.`;
  const prompt = tokenizer.encode(`${tokenizer.chatPrompt(message)}${i === 2 ? '' : '-'}`);
  return { key: `${topic} ${i}`, prompt, ...(i === 4 && { drawn: 7 }) };
});
const OPTIONS = {
  provider: 'cpu',
  seed: 11,
  batchSize: 4,
  temperature: 0.8,
  topP: 0.9,
  maxNewTokens: 40,
  stopIds: [tokenizer.id('<end_of_turn>'), tokenizer.id('<eos>')],
} as const;

const byHost = (options: Partial<GenerateOptions> = {}, some = prompts) =>
  generate(model, some, { ...OPTIONS, ...options, driver: 'host' });
const byLoop = (options: Partial<GenerateOptions> = {}, some = prompts) =>
  generate(model, some, { ...OPTIONS, ...options, driver: 'loop' });

/** What generation is asked for. */
const SETTINGS: Readonly<Record<string, [Partial<GenerateOptions>, Prompt[]?]>> = {
  'lists to their end': [{}],
  'the likeliest token alone': [{ temperature: 1, topP: 1e-9 }],
  'a nucleus that is wide now and then': [{ temperature: 2, topP: 0.97, maxNewTokens: 20 }],
  'all tokens': [{ temperature: 1.5, topP: 1, maxNewTokens: 12 }],
  'no stop token': [{ stopIds: [], maxNewTokens: 17 }],
  'one token': [{ maxNewTokens: 1 }],
  'a batch of one': [{ batchSize: 1, maxNewTokens: 12 }],
  additions: [
    { intervention: { hook: HOOK }, maxNewTokens: 12 },
    prompts.map((of, i) => (i % 2 ? of : { ...of, additions: [{ pos: 5 + i, delta: push }] })),
  ],
  steering: [
    { intervention: { steerAt: { hook: HOOK, from: 1 } } },
    prompts.map((of, i) => (i % 2 ? of : { ...of, steering: push.map((x) => x / (1 + i)) })),
  ],
  'a logit bias': [
    {
      intervention: {
        logitBias: new Float32Array(dVocab)
          .with(tokenizer.id('-'), Number.NEGATIVE_INFINITY)
          .with(tokenizer.id('\n'), -1),
      },
    },
  ],
  'all of them': [
    {
      intervention: {
        hook: HOOK,
        steerAt: { hook: 'blocks.4.hook_resid_post', from: 2 },
        logitBias: new Float32Array(dVocab).with(tokenizer.id('\n'), -1),
      },
      maxNewTokens: 12,
    },
    prompts.map((of) => ({ ...of, additions: [{ pos: 3, delta: push }], steering: push })),
  ],
};

const CHUNKS: Readonly<Record<string, number[]>> = {
  'lists to their end': [1, 5, 32],
  'a nucleus that is wide now and then': [1, 5, 32],
  'all of them': [1, 5, 32],
};

suite('both drivers give the same completions', () => {
  const texts: string[] = [];
  for (const [what, [options, some]] of Object.entries(SETTINGS))
    for (const chunk of CHUNKS[what] ?? [5])
      test(`${what}, chunks of ${chunk}`, async () => {
        const expected = await byHost(options, some);
        assert.deepEqual(await byLoop({ ...options, chunk }, some), expected);
        if (chunk === 5) texts.push(expected.map(({ ids }) => ids.join()).join(';'));
      });

  test('and no two settings do', () => {
    assert.equal(new Set(texts).size, Object.keys(SETTINGS).length);
  });

  test('some lists end, at several lengths', async () => {
    const lists = await byHost();
    assert.ok(new Set(lists.map(({ ids }) => ids.length)).size > 1);
    assert.ok(lists.some(({ ended }) => ended));
  });
});

suite('the loop', () => {
  test('gives the same again, alone, and in another order', async () => {
    const first = await byLoop();
    assert.deepEqual(await byLoop(), first);
    assert.deepEqual((await byLoop({}, prompts.toReversed())).toReversed(), first);
    for (const [i, prompt] of prompts.entries())
      assert.deepEqual(await byLoop({}, [prompt]), [first[i]]);
  });

  test('shows progress after the prompt, and after every chunk', async () => {
    const counts: number[] = [];
    const options = { stopIds: [], maxNewTokens: 11, batchSize: 5, chunk: 4 };
    await byLoop({ ...options, onProgress: (done) => counts.push(done) });
    assert.deepEqual(counts, [0, 0, 0, 5]);
  });

  test('fills the context to its last position, and no further', async () => {
    const { max_position_embeddings: longest } = CONFIG;
    const filler = prompts[1]!.prompt;
    const full = (length: number) => Array.from({ length }, (_, i) => filler[i % filler.length]!);
    const options = { temperature: 2, topP: 0.99, maxNewTokens: 9, stopIds: [] };
    const pair: Prompt[] = [{ key: 'full', prompt: full(longest - 8) }, prompts[2]!];
    const found = await byLoop(options, pair);
    assert.deepEqual(found, await byHost(options, pair));
    assert.equal(found[0]!.ids.length, 9);
    const longer = [{ key: 'longer', prompt: full(longest - 7) }];
    for (const drive of [byLoop, byHost])
      await assert.rejects(
        drive(options, longer),
        /^Error: sample longer: 505 tokens and up to 9 new ones: the model has 512 positions/,
      );
  });

  test('stops where logits are not finite, and says after how many tokens', async () => {
    const ids = (await byHost({ topP: 1e-9 }, [prompts[0]!]))[0]!.ids;
    const at = ids.findIndex((id, i) => i > 2 && ids.indexOf(id) === i);
    const broken: Model = {
      ...model,
      embed: (weights, tokens) => {
        const { graph } = tokens;
        const bad = equal(tokens, graph.scalar(ids[at]!, 'int64'));
        const zero = graph.scalar(0, 'float32');
        const nan = where(bad, graph.scalar(Number.NaN, 'float32'), zero);
        return add(model.embed(weights, tokens), reshape(nan, [...tokens.shape, 1]));
      },
    };
    for (const driver of ['host', 'loop'] as const)
      await assert.rejects(
        generate(broken, [prompts[0]!], { ...OPTIONS, topP: 1e-9, driver }),
        new RegExp(`^Error: sample Colors 0: logits after ${at + 1} tokens are not finite: `),
      );
  });
});
