import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveStepGraph } from '../../pipeline/live/step-graph.ts';
import { type LiveToken, listKey, writeLists } from '../../pipeline/live/write-lists.ts';
import { qualifierOf, userRequest } from '../../pipeline/miniature/qualifiers.ts';
import { generate, type Prompt } from '../../pipeline/runtime/generate.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { topicId } from '../../pipeline/schema/topic-id.ts';
import { sampleIdOf } from '../../pipeline/stages/generate/samples.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { MINIATURE, tokenizer } from '../miniature/miniature.ts';

const HOOK = 'blocks.2.hook_resid_post';
const STEER_AT = { hook: 'blocks.4.hook_resid_post', from: 1 };
const SAMPLING = { seed: 7, temperature: 0.9, topP: 0.9, maxNewTokens: 60 };

const model = loadModel(MINIATURE);
const stopIds = ['<end_of_turn>', '<eos>'].map(tokenizer.id);
const width = model.dims.dModel;

const vector = (key: string, scale: number): Float32Array => {
  const random = keyedRandom(1, key);
  return Float32Array.from({ length: width }, () => scale * (random() - 0.5));
};

/** Prompts of unequal lengths, some of them edited. */
const prompts: Prompt[] = ['Rivers', 'Types of Trees', 'Colors'].flatMap((topic, i) => {
  const message = userRequest(qualifierOf(i === 0 ? 'short' : 'plain'), topic);
  const prompt = tokenizer.encode(`${tokenizer.chatPrompt(message, null, [])}-`);
  return [
    { key: `${topic} 0`, prompt },
    { key: `${topic} 1`, prompt, additions: [{ pos: 8, delta: vector(topic, 20) }] },
    { key: `${topic} 2`, prompt, steering: vector(`${topic} steering`, 3) },
  ];
});

test('lists of the page are those of the pipeline, token for token, edited and steered', async () => {
  const intervention = { hook: HOOK, steerAt: STEER_AT };
  const options = { ...SAMPLING, provider: 'cpu', batchSize: 4, stopIds, intervention } as const;
  const expected = await generate(model, prompts, options);
  const { written, steps } = await pageLists();
  assert.deepEqual(
    written,
    expected.map(({ ids }) => [...ids]),
  );
  assert.ok(new Set(written.map(String)).size > 6);
  for (const [i, ids] of written.entries())
    assert.deepEqual(
      steps.flatMap((step) => step[i]?.id ?? []),
      ids,
    );
});

test('a step says what its token was drawn from', async () => {
  const { steps } = await pageLists();
  for (const token of steps.flat().filter((token) => token !== null)) {
    const { id, ids, probs, p, draw } = token;
    assert.ok(Math.abs(p.reduce((a, b) => a + b, 0) - 1) < 1e-4);
    const place = ids.indexOf(id);
    const below = probs.slice(0, place).reduce((a, b) => a + b, 0);
    assert.ok(below <= draw + 1e-5 && draw <= below + probs[place]! + 1e-5);
    assert.ok(ids.every((other, i) => i === 0 || p[other]! <= p[ids[i - 1]!]! + 1e-7));
  }
});

test('draws are keyed as the study’s lists are', () => {
  const parts = { template: 'short', temperature: 0.8, replicate: 3 } as const;
  for (const topic of ['Rivers', 'Types of Trees', 'C++'])
    assert.equal(
      listKey({ topicId: topicId(topic), word: parts.template }, parts),
      sampleIdOf({ topic, ...parts }),
    );
});

async function pageLists() {
  const graph = liveStepGraph(model, { hook: HOOK, steerAt: STEER_AT });
  await using session = await openSession(graph, { provider: 'cpu' });
  const steps: (LiveToken | null)[][] = [];
  const written = await writeLists(
    session.run,
    {
      starts: prompts.map(({ prompt, additions = [], steering }) => ({
        ids: prompt,
        additions,
        steering,
      })),
      lists: prompts.map(({ key }, start) => ({ start, key })),
    },
    { ...SAMPLING, dims: model.dims, additionWidth: width, stopIds },
    (step) => void steps.push([...step]),
  );
  return { written, steps };
}
