import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { totalUse } from '../../pipeline/graph/memory-use.ts';
import { promptFor } from '../../pipeline/lists/token-form.ts';
import type { Provider } from '../../pipeline/runtime/provider.ts';
import { allowedExtent, drawnExtent } from '../../pipeline/stages/extent.ts';
import { longestPrompt } from '../../pipeline/stages/generate/samples.ts';
import { planStage } from '../../pipeline/stages/plan.ts';
import { userMessage } from '../../pipeline/study/message.ts';
import { fullStudy, miniatureStudy, outlinedRun } from '../outlined-run.ts';

/** The plan of one stage of the full-size study, of which only shapes are there. */
async function planOf(t: TestContext, name: string, provider: Provider, memory = 1e11) {
  const { stages, planning } = outlinedRun(t, { provider, memory });
  return planStage(stages.find((stage) => stage.name === name)!, planning!);
}

test('weights are counted in the type that a provider computes in', async (t) => {
  const weights = async (provider: Provider) =>
    (await planOf(t, '4-logit-lens', provider)).use.weights;
  const parameters = 2_614_341_888;
  assert.ok(Math.abs((await weights('cpu')) / (4 * parameters) - 1) < 0.01);
  const onCuda = await weights('cuda');
  assert.ok(onCuda > 2 * parameters && onCuda < 3 * parameters);
});

test('the batch is the largest that fits, and no larger than the study’s', async (t) => {
  let before = 0;
  for (const memory of [12e9, 14e9, 24e9, 1e12]) {
    const { batchSize, use } = await planOf(t, '4-logit-lens', 'cuda', memory);
    assert.ok(batchSize! >= before && batchSize! <= fullStudy.batchSize);
    assert.ok(totalUse(use) <= memory);
    if (memory < 20e9) assert.ok(batchSize! < fullStudy.batchSize);
    before = batchSize!;
  }
  assert.equal(before, fullStudy.batchSize);
});

test('every stage of the full-size study fits a GPU of 24 GB', async (t) => {
  const { stages, planning } = outlinedRun(t, { provider: 'cuda', memory: 21.6e9 });
  const plans = [];
  for (const stage of stages) plans.push(await planStage(stage, planning!));
  assert.ok(plans.every(({ use }) => totalUse(use) <= 21.6e9));
  assert.ok(plans.some(({ batchSize }) => batchSize !== null));
});

test('a device that does not hold one sequence is refused by name and number', async (t) => {
  await assert.rejects(
    planOf(t, '6-attribute', 'cuda', 4e9),
    /^Error: stage 6-attribute needs \d+\.\d+ GB for one sequence \(\w+ gradient\), and graphs may use 4\.00 GB of the cuda device: use a larger device, or give its memory with --memory$/,
  );
});

test('a stage without graphs needs no memory, and a run takes the batch that is planned', async (t) => {
  const { stages, plan } = outlinedRun(t, { provider: 'cuda', memory: 12e9 });
  const named = (name: string) => stages.find((stage) => stage.name === name)!;
  const without = await plan(named('2-explore'));
  assert.deepEqual([without.plan.batchSize, totalUse(without.plan.use)], [null, 0]);
  assert.equal(without.settings.batchSize, fullStudy.batchSize);
  const planned = await plan(named('4-logit-lens'));
  assert.equal(planned.settings.batchSize, planned.plan.batchSize);
  assert.ok(planned.settings.batchSize! < fullStudy.batchSize);
});

test('the longest prompt is that of some topic', async (t) => {
  const form = await outlinedRun(t).planning!.form();
  const { topics, templates } = miniatureStudy;
  const lengths = topics.flatMap((topic) =>
    Object.values(templates).map(
      (template) => promptFor(userMessage(template, topic), form).length,
    ),
  );
  assert.equal(longestPrompt(miniatureStudy, form), Math.max(...lengths));
});

test('lists are as long as they were drawn or, where they were not, as their templates allow', () => {
  const allowed = allowedExtent(miniatureStudy, 31);
  assert.equal(allowed.longest.long, 31 + miniatureStudy.templates.long.maxNewTokens);
  assert.equal(allowed.lists.plain, miniatureStudy.topics.length * 5);
  const list = (temperature: number, length: number) => ({
    template: 'long' as const,
    temperature,
    token_ids: Array<number>(length).fill(1),
  });
  const drawn = drawnExtent([list(0.8, 99), list(0.8, 40), list(0.1, 70)], 31);
  assert.deepEqual(drawn.longest, { prompt: 31, short: 31, long: 99, plain: 31 });
  assert.deepEqual(drawn.lists, { short: 0, long: 2, plain: 0 });
});
