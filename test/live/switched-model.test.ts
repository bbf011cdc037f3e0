import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featureGraph } from '../../pipeline/interp/active-features.ts';
import { activeFeatures, additionsOf } from '../../pipeline/live/edits.ts';
import { liveStepGraph } from '../../pipeline/live/step-graph.ts';
import {
  type SwitchedFeature,
  switchedModel,
  switchFeeds,
} from '../../pipeline/live/switched-model.ts';
import { writeLists } from '../../pipeline/live/write-lists.ts';
import { qualifierOf, userRequest } from '../../pipeline/miniature/qualifiers.ts';
import { generate, type Prompt } from '../../pipeline/runtime/generate.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { encoderColumn } from '../../pipeline/sae/encoder-column.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { MINIATURE, tokenizer } from '../miniature/miniature.ts';
import { openSae } from '../miniature/saes.ts';

const SAMPLING = { seed: 7, temperature: 0.9, topP: 0.9, maxNewTokens: 40 };
const UNCOUNTED = 1;

const model = loadModel(MINIATURE);
const sae = await (await openSae('res_3')).load();
const stopIds = ['<end_of_turn>', '<eos>'].map(tokenizer.id);
const prompts: Prompt[] = ['Rivers', 'Colors', 'Fruits'].map((topic) => {
  const message = userRequest(qualifierOf('short'), topic);
  return {
    key: topic,
    prompt: tokenizer.encode(`${tokenizer.chatPrompt(message, null, [])}-`),
  };
});

/** The features that are active at most positions of the first prompt: those whose edits show. */
async function commonFeatures(): Promise<number[]> {
  const counts = Map.groupBy(await activeIn(prompts[0]!.prompt), ({ feature }) => feature);
  return [...counts].sort(([, a], [, b]) => b.length - a.length).map(([feature]) => feature);
}

async function activeIn(ids: readonly number[]) {
  await using session = await openSession(featureGraph(model, sae), { provider: 'cpu' });
  const positions = [...ids.keys()].slice(UNCOUNTED);
  return await activeFeatures(session.run, sae, { ids, positions });
}

const switched = (feature: number): SwitchedFeature => ({
  encoder: encoderColumn(sae, feature),
  bias: sae.params.b_enc.data[feature]!,
  threshold: sae.params.threshold.data[feature]!,
  decoder: sae.params.W_dec.data.subarray(feature * sae.dOut, (feature + 1) * sae.dOut),
});

/** @param beyond how many positions after the prompt are switched, too */
async function write(features: readonly number[], factors: readonly number[], beyond: number) {
  const site = { hook: sae.hook, count: features.length, uncounted: UNCOUNTED };
  const graph = liveStepGraph(switchedModel(model, site), {});
  await using session = await openSession(graph, { provider: 'cpu' });
  const written: number[][] = [];
  for (const { key, prompt } of prompts) {
    const options = {
      ...SAMPLING,
      dims: model.dims,
      additionWidth: null,
      stopIds,
      feeds: switchFeeds({
        features: features.map(switched),
        factors,
        until: prompt.length + beyond,
      }),
    };
    const work = { starts: [{ ids: prompt, additions: [] }], lists: [{ start: 0, key }] };
    written.push(...(await writeLists(session.run, work, options)));
  }
  return written;
}

async function expectedOf(edited: readonly Prompt[]) {
  const intervention = { hook: sae.outputHook };
  const options = { ...SAMPLING, provider: 'cpu', batchSize: 4, stopIds, intervention } as const;
  return (await generate(model, edited, options)).map(({ ids }) => [...ids]);
}

test('features that are on leave every list as it is', async () => {
  const features = (await commonFeatures()).slice(0, 4);
  assert.deepEqual(await write(features, [1, 1, 1, 1], 0), await expectedOf(prompts));
});

test('features that are off in the prompt are those that the pipeline sets to zero', async () => {
  const features = (await commonFeatures()).slice(0, 6);
  const factors = [0, 0, 0.5, 0, 1, 0];
  const edited = await Promise.all(
    prompts.map(async ({ key, prompt }) => {
      const active = await activeIn(prompt);
      const given = features.map((feature, i) => ({ feature, factor: factors[i]! }));
      return { key, prompt, additions: additionsOf(active, given, { sae, uncounted: UNCOUNTED }) };
    }),
  );
  assert.ok(edited.some(({ additions }) => additions.length > 0));
  const expected = await expectedOf(edited);
  assert.deepEqual(await write(features, factors, 0), expected);
  assert.notDeepEqual(expected, await expectedOf(prompts));
});

test('features may be off in what is written, too', async () => {
  const features = (await commonFeatures()).slice(0, 6);
  const off = features.map(() => 0);
  assert.notDeepEqual(await write(features, off, 40), await write(features, off, 0));
});
