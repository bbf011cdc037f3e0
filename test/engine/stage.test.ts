import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import type { Resources } from '../../pipeline/engine/resource.ts';
import { type Available, runnableStages } from '../../pipeline/engine/stage.ts';
import { numbers, type ToyNeeds, type ToySettings, type ToyStage, toyStudy } from './toy-study.ts';

suite('the stages that a study can run', () => {
  const namesOf = (
    stages: readonly ToyStage[],
    settings: Available<ToySettings>,
    resources: Resources<ToyNeeds>,
  ) => runnableStages(stages, { settings, resources }).map(({ name }) => name);

  test('are those whose settings and resources it has, in order', (t) => {
    const { run, count, double, measure } = toyStudy(t);
    const stages = [count, double, measure];
    assert.deepEqual(namesOf(stages, run.settings, run.resources), ['count', 'double', 'measure']);
    assert.deepEqual(namesOf(stages, run.settings, {}), ['count', 'double']);
    assert.deepEqual(namesOf(stages, { other: 1 }, run.resources), ['measure']);
    // 0 is a setting, too; and what a stage only uses may be missing.
    assert.deepEqual(namesOf(stages, { first: 0 }, {}), ['count', 'double']);
    const needy: ToyStage = { ...measure, needs: ['words', 'notes'], uses: [] };
    assert.deepEqual(namesOf([needy], run.settings, run.resources), []);
  });

  test('are those whose tables are written by a stage before them', (t) => {
    const { run, count, double } = toyStudy(t);
    assert.deepEqual(namesOf([double, count], run.settings, run.resources), ['count']);
    assert.deepEqual(namesOf([double], run.settings, run.resources), []);
  });

  test('read what they read if it is written where it is', (t) => {
    const { run, count, double } = toyStudy(t);
    const either: ToyStage = { ...double, reads: [], readsIfWritten: [numbers] };
    const readsOf = (stages: readonly ToyStage[]) =>
      runnableStages(stages, run).find(({ name }) => name === 'double')!.reads;
    assert.deepEqual(readsOf([count, either]), [numbers]);
    assert.deepEqual(readsOf([either]), []);
    assert.deepEqual(readsOf([either, count]), []);
  });

  test('write each table once', (t) => {
    const { run, count, double } = toyStudy(t);
    const again: ToyStage = { ...count, name: 'again' };
    assert.throws(() => namesOf([count, double, again], run.settings, run.resources), {
      message: 'table numbers: written by count and by again: remove it from the writes of one',
    });
    // One of two that cannot both run is no fault.
    const other: ToyStage = { ...again, needs: ['notes'] };
    assert.deepEqual(namesOf([count, other], run.settings, run.resources), ['count']);
  });
});
