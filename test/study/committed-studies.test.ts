import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadModelStudy, loadStudy, studyNames } from '../../pipeline/study/load-study.ts';
import type { ModelStudy } from '../../pipeline/study/study.ts';
import { STUDIES } from './miniature-study.ts';

test('every committed study is valid', () => {
  assert.deepEqual(studyNames(STUDIES), [
    'gemma-2-2b-it',
    'gemma-3-270m',
    'miniature',
    'original',
    'smollm2-135m-instruct',
    'smollm2-135m-instruct-numbered',
  ]);
  for (const name of studyNames(STUDIES)) assert.equal(loadStudy(STUDIES, name).name, name);
});

test('the two studies differ in nothing but name, model, SAEs and what they cost, other models’ lists, circuits, batch and longest answer', () => {
  const rest = ({
    name,
    kind,
    model,
    saes,
    explanations,
    authorship,
    batchSize,
    templates,
    circuits,
    attribution,
    ...choices
  }: ModelStudy) => ({
    ...choices,
    // A point of a path, and an exact effect, cost the larger model a thousand times as much.
    attribution: {
      ...attribution,
      steps: 0,
      tolerance: 0,
      exact: { ...attribution!.exact, cells: 0 },
    },
    templates: Object.values(templates).map(({ maxNewTokens, ...template }) => template),
  });
  assert.deepEqual(
    rest(loadModelStudy(STUDIES, 'miniature')),
    rest(loadModelStudy(STUDIES, 'gemma-2-2b-it')),
  );
});

test('the two studies of SmolLM2 differ in nothing but their forms: they have the same SAEs', () => {
  const numbered = loadModelStudy(STUDIES, 'smollm2-135m-instruct-numbered');
  const hyphens = loadModelStudy(STUDIES, 'smollm2-135m-instruct');
  assert.equal(numbered.saes!.train!.form, hyphens.form);
  const rest = ({ name, form, robustness, saes, otherCircuit, ...choices }: ModelStudy) => ({
    ...choices,
    saes: { ...saes, train: { ...saes!.train, form: '' } },
    robustness: { ...robustness, form: '' },
  });
  assert.deepEqual(rest(numbered), rest(hyphens));
});

test('a study of released data has no model, and is refused where one is needed', () => {
  const study = loadStudy(STUDIES, 'original');
  assert.equal(study.kind, 'original');
  assert.equal('model' in study, false);
  assert.throws(() => loadModelStudy(STUDIES, 'original'), {
    message: 'study original has no model: name one that runs a model',
  });
});
