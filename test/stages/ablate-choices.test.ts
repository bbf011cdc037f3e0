import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { FeatureEdit } from '../../pipeline/interp/set-features.ts';
import type { EditArm } from '../../pipeline/schema/ablation-columns.ts';
import type { MetricRow } from '../../pipeline/schema/ablation-metric.ts';
import {
  type Edit,
  matchAtRandom,
  substituted,
  zeroed,
} from '../../pipeline/stages/ablate/edits.ts';
import { movesMetric } from '../../pipeline/stages/ablate/forced-metric.ts';
import { furtherDraws } from '../../pipeline/stages/ablate/further-draws.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import type { Settings } from '../../pipeline/study/study.ts';
import { targetOf } from './lists.ts';

suite('features that a swapped prompt changes', () => {
  const active = (pos: number, feature: number, featureAct: number) => ({
    pos,
    feature,
    featureAct,
  });

  test('get the values that they have after it: less, more, or 0', () => {
    const clean = [active(3, 1, 5), active(3, 2, 1), active(4, 1, 2)];
    const swapped = [active(3, 1, 2), active(3, 2, 4)];
    assert.deepEqual(substituted(clean, swapped), [
      { pos: 3, feature: 1, featureAct: 5, value: 2 },
      { pos: 3, feature: 2, featureAct: 1, value: 4 },
      { pos: 4, feature: 1, featureAct: 2, value: 0 },
    ]);
  });

  test('one that only the swap makes active is set from 0, and one that stays is left out', () => {
    const clean = [active(3, 1, 5)];
    const swapped = [active(3, 1, 5), active(3, 7, 2)];
    assert.deepEqual(substituted(clean, swapped), [
      { pos: 3, feature: 7, featureAct: 0, value: 2 },
    ]);
    assert.deepEqual(substituted([], []), []);
  });

  test('zeroing takes every active feature to 0', () => {
    assert.deepEqual(zeroed([active(3, 1, 5)]), [{ pos: 3, feature: 1, featureAct: 5, value: 0 }]);
  });
});

suite('a random control of a substitution', () => {
  const edit = (feature: number, featureAct: number, value: number): FeatureEdit => ({
    pos: 3,
    feature,
    featureAct,
    value,
  });
  const chosen = (feature: number, featureAct: number, value: number): Edit => ({
    ...edit(feature, featureAct, value),
    attribution: 1,
    rank: 1,
  });
  const match = (edits: readonly Edit[], others: readonly FeatureEdit[]) =>
    matchAtRandom(edits, others, keyedRandom(1, 'a'));

  test('changes its feature by about as much, up or down, whatever its activation', () => {
    const others = [edit(1, 9, 9.5), edit(2, 0, 3.1), edit(3, 20, 12)];
    assert.deepEqual(match([chosen(7, 5, 2)], others), [
      { ...others[1], attribution: null, rank: 1 },
    ]);
    assert.deepEqual(match([chosen(7, 0, 8)], others), [
      { ...others[2], attribution: null, rank: 1 },
    ]);
  });

  test('is at the same position, and none of the substituted features', () => {
    const others = [edit(7, 5, 2), { ...edit(1, 5, 2), pos: 4 }];
    assert.deepEqual(match([chosen(7, 5, 2)], others), []);
  });
});

suite('further draws of lists', () => {
  const targets = ['a', 'b', 'c'].flatMap((topic) => [targetOf(topic, 1), targetOf(topic, 0)]);
  const draws = (moves: boolean, lists: Settings['ablation']['lists'], most = 5) => {
    const ablation = { k: 5, doses: [], capFactor: 1, draws: most, lists };
    const found = furtherDraws(targets, moves, { ablation });
    return targets.map((target) => found.get(target));
  };

  test('none where the study asks for no more lists than there are', () => {
    assert.deepEqual(draws(true, undefined), [0, 0, 0, 0, 0, 0]);
    assert.deepEqual(draws(false, { least: 6, ifMoved: 20 }), [0, 0, 0, 0, 0, 0]);
    assert.deepEqual(draws(false, { least: 2, ifMoved: 20 }), [0, 0, 0, 0, 0, 0]);
  });

  test('as many as are missing, the first lists of the topics first', () => {
    assert.deepEqual(draws(false, { least: 8, ifMoved: 20 }), [0, 1, 0, 1, 0, 0]);
    // 20 lists: 6 as they are, 14 more: two each, and two of the first lists a third one.
    assert.deepEqual(draws(true, { least: 8, ifMoved: 20 }), [2, 3, 2, 3, 2, 2]);
  });

  test('never more than there are resamplings to compare with', () => {
    assert.deepEqual(draws(true, { least: 8, ifMoved: 20 }, 2), [2, 2, 2, 2, 2, 2]);
    assert.deepEqual(draws(true, { least: 8, ifMoved: 1000 }, 2), [2, 2, 2, 2, 2, 2]);
  });
});

suite('whether an SAE moves the metric', () => {
  const settings = { seed: 1, bootstrap: { resamples: 200, confidence: 0.95 } };
  const targets = ['a', 'b', 'c', 'd'].flatMap((topic) => [targetOf(topic, 0), targetOf(topic, 1)]);
  const rowsOf = (
    arm: EditArm,
    measured: (i: number) => number,
    protocol: MetricRow['protocol'] = 'from-prompt',
  ): MetricRow[] =>
    targets.map(({ list }, i) => ({
      sample_id: list.sample_id,
      sae_id: 'res_1',
      protocol,
      arm,
      k: 5,
      n_edits: 5,
      predicted: null,
      measured: measured(i),
    }));
  const still = (...arms: EditArm[]) => arms.flatMap((arm) => rowsOf(arm, (i) => (i % 2) - 0.5));
  const moves = (rows: readonly MetricRow[]) => movesMetric(rows, targets, settings);

  test('not where its edits do what their controls do', () => {
    assert.equal(moves(still('ablated', 'random', 'substituted', 'random-substituted')), false);
    assert.equal(moves([]), false);
  });

  test('where zeroing does, or substitution, up or down', () => {
    const others = still('random', 'substituted', 'random-substituted');
    assert.equal(moves([...rowsOf('ablated', (i) => (i % 2) - 2), ...others]), true);
    assert.equal(moves([...rowsOf('ablated', (i) => (i % 2) + 1), ...others]), true);
    const zeroing = still('ablated', 'random', 'random-substituted');
    assert.equal(moves([...rowsOf('substituted', (i) => (i % 2) - 2), ...zeroing]), true);
  });

  test('not where its control does as much, nor where the effect is of some topics and not of others', () => {
    const both = [...rowsOf('ablated', () => -2), ...rowsOf('random', () => -2)];
    const others = still('substituted', 'random-substituted');
    assert.equal(moves([...both, ...others]), false);
    const ofOneTopic = rowsOf('ablated', (i) => (i < 2 ? -2 : 0));
    assert.equal(moves([...ofOneTopic, ...rowsOf('random', () => 0), ...others]), false);
  });

  test('edits further on in the list do not count', () => {
    const later = [
      ...rowsOf('ablated', () => -2, 'continue'),
      ...rowsOf('random', () => 0, 'continue'),
    ];
    const prompt = still('ablated', 'random', 'substituted', 'random-substituted');
    assert.equal(moves([...later, ...prompt]), false);
  });
});
