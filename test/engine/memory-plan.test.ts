import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { planStage } from '../../pipeline/engine/memory-plan.ts';
import { totalUse } from '../../pipeline/graph/memory-use.ts';
import { outlineModel } from '../../pipeline/models/model.ts';
import { GEMMA_2_2B } from '../../pipeline/rehearsal/random-model.ts';
import { numericsOf } from '../../pipeline/runtime/numerics.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { stagesOf } from '../../pipeline/stages/all.ts';
import { extentOf, specsOf } from '../../pipeline/stages/extent.ts';
import type { Extent } from '../../pipeline/stages/stage.ts';
import { loadStudy } from '../../pipeline/study/study.ts';
import { tempDir } from '../temp.ts';

const DATA = fileURLToPath(new URL('../../data', import.meta.url));
const study = loadStudy(join(DATA, 'studies'), 'gemma-2-2b-it');

/** The full-size study, of which only shapes are there. */
function full(t: TestContext, provider: Extent['provider']): Extent {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'config.json'), JSON.stringify(GEMMA_2_2B));
  const model = outlineModel(dir, numericsOf(provider));
  const saes = specsOf(study.saes, model.dims);
  const longest = { prompt: 31, short: 231, long: 631, plain: 631 };
  const lists = { short: 115, long: 115, plain: 115 };
  return { study, provider, model, saes, longest, lists };
}

const stage = (name: string) => stagesOf(study).find((stage) => stage.name === name)!;

test('weights are counted in the type that a provider computes in', (t) => {
  const lens = (provider: Extent['provider']) =>
    planStage(stage('4-logit-lens'), full(t, provider), 1e11).use.weights;
  const parameters = 2_614_341_888;
  assert.ok(Math.abs(lens('cpu') / (4 * parameters) - 1) < 0.01);
  assert.ok(lens('cuda') > 2 * parameters && lens('cuda') < 3 * parameters);
});

test('the batch is the largest that fits, and no larger than the study’s', (t) => {
  const extent = full(t, 'cuda');
  let before = 0;
  for (const memory of [14e9, 24e9, 48e9, 1e12]) {
    const { batchSize, use } = planStage(stage('3-entropy'), extent, memory);
    assert.ok(batchSize! >= before && batchSize! <= study.batchSize);
    assert.ok(totalUse(use) <= memory);
    before = batchSize!;
  }
  assert.equal(before, study.batchSize);
});

test('every stage of the full-size study fits a GPU of 24 GB', (t) => {
  for (const each of stagesOf(study)) planStage(each, full(t, 'cuda'), 21.6e9);
});

test('a device that does not hold one sequence is refused by name and number', (t) => {
  assert.throws(
    () => planStage(stage('6-attribute'), full(t, 'cuda'), 4e9),
    /^Error: stage 6-attribute needs \d+\.\d+ GB for one sequence \(gradient\), and graphs may use 4\.00 GB of the cuda device: take a larger one, or name its memory with --memory$/,
  );
});

test('lists are as long as they were drawn or, where they were not, as their templates allow', () => {
  const small = loadStudy(join(DATA, 'studies'), 'miniature');
  const dir = join(DATA, 'models/miniature');
  const [model, tokenizer] = [outlineModel(dir), loadTokenizer(dir)];
  const at = { study: small, provider: 'cpu', model, tokenizer } as const;
  const bound = extentOf({ ...at, lists: null }).longest;
  assert.equal(bound.long - bound.prompt, small.templates.long.maxNewTokens);
  const lists = [
    { template: 'long' as const, temperature: 0.8, token_ids: Array<number>(99).fill(1) },
  ];
  assert.equal(extentOf({ ...at, lists }).longest.long, 99);
  assert.equal(extentOf({ ...at, lists }).longest.short, bound.prompt);
});
