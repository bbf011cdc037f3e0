import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../pipeline/commands/run.ts';
import type { ModelStudy } from '../../pipeline/study/study.ts';
import { fullStudy, miniatureStudy, outlinedRun } from '../outlined-run.ts';

const namesOf = ({ stages }: Run): string[] => stages.map(({ name }) => name);

const withoutSaes = ({
  saes,
  explanations,
  attribution,
  ablation,
  baselines,
  ...rest
}: ModelStudy): ModelStudy => rest;

const WITH_SAES = [
  '1-generate',
  '2-explore',
  '3-entropy',
  '4-logit-lens',
  'patching',
  'authorship',
  '5-sae-quality',
  '6-attribute',
  '7-cluster',
  'features',
  'feature-logits',
  'feature-contexts',
  '8-ablate',
  'explanations',
  '9-baselines',
  'live-features',
  'claims',
];
const WITHOUT_SAES = WITH_SAES.slice(0, 6);

test('a study runs all stages whose settings and resources it has', (t) => {
  assert.deepEqual(namesOf(outlinedRun(t, { study: fullStudy })), [
    ...WITH_SAES,
    'verdict-power',
    'coverage',
    'dictionary',
  ]);
  assert.deepEqual(namesOf(outlinedRun(t, { study: miniatureStudy })), [
    ...WITH_SAES.slice(0, -2),
    'live',
    'live-features',
    'claims',
    'ground-truth',
    'verdict-power',
    'coverage',
    'dictionary',
  ]);
});

test('a study without SAEs asks all that needs none', (t) => {
  assert.deepEqual(namesOf(outlinedRun(t, { study: withoutSaes(fullStudy) })), [
    ...WITHOUT_SAES,
    'verdict-power',
    'coverage',
    'dictionary',
  ]);
  assert.deepEqual(namesOf(outlinedRun(t, { study: withoutSaes(miniatureStudy) })), [
    ...WITHOUT_SAES,
    'ground-truth',
    'verdict-power',
    'coverage',
    'dictionary',
  ]);
});

test('the dictionary describes the tables of the study’s own stages', async (t) => {
  const tablesOf = async (study: ModelStudy) => {
    const { stages, resources } = outlinedRun(t, { study });
    const tables = await resources.tables!.open();
    assert.deepEqual(
      tables,
      stages.flatMap(({ writes }) => writes),
    );
    return tables.map(({ name }) => name);
  };
  assert.ok((await tablesOf(fullStudy)).includes('ablations'));
  const fewer = await tablesOf(withoutSaes(fullStudy));
  assert.ok(fewer.includes('entropy') && !fewer.includes('ablations'));
});
