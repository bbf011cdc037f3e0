import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { float32 } from '../../pipeline/graph/tensor.ts';
import type { Sae } from '../../pipeline/sae/sae.ts';
import type { EditArm } from '../../pipeline/schema/ablation-columns.ts';
import type { MetricRow } from '../../pipeline/schema/ablation-metric.ts';
import { alignPositions } from '../../pipeline/stages/ablate/aligned-positions.ts';
import {
  type Draw,
  drawRandom,
  matchMass,
  matchNorm,
  sharedWith,
} from '../../pipeline/stages/ablate/controls.ts';
import {
  type Edit,
  type Editable,
  mostAttributed,
  substituted,
  zeroed,
} from '../../pipeline/stages/ablate/edits.ts';
import { movesMetric } from '../../pipeline/stages/ablate/moves-metric.ts';
import { splitTopics } from '../../pipeline/stages/ablate/splits.ts';
import type { Target } from '../../pipeline/stages/ablate/target.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { listRow, targetOf } from './lists.ts';

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

suite('controls', () => {
  const at = (pos: number, feature: number, featureAct: number, attribution = 0): Editable => ({
    pos,
    feature,
    featureAct,
    value: 0,
    attribution,
  });
  const chosen = (editable: Editable, rank: number): Edit => ({ ...editable, rank });
  const cells = (edits: readonly Edit[]) => edits.map(({ pos, feature }) => [pos, feature]);
  const keys = Array.from({ length: 60 }, (_, i) => `key ${i}`);
  const drawn = (draw: Omit<Draw, 'random'>, how: (draw: Draw) => Edit[]) =>
    keys.map((key) => how({ ...draw, random: keyedRandom(1, key) }));

  const pool = [...Array(6).keys()].map((feature) => at(3, feature, 1 + feature, feature - 2));
  const edits = [chosen(pool[5]!, 1), chosen(pool[4]!, 2)];

  test('random: as many at each position, of all that can be changed, the chosen ones included', () => {
    const elsewhere = [at(4, 9, 1, 1)];
    const draws = drawn({ edits, pool: [...pool, ...elsewhere] }, drawRandom);
    for (const draw of draws) {
      assert.equal(draw.length, 2);
      assert.notEqual(draw[0]!.feature, draw[1]!.feature);
      assert.ok(draw.every(({ pos, rank, value }) => pos === 3 && rank === null && value === 0));
    }
    const features = draws.flat().map(({ feature }) => feature);
    assert.deepEqual([...new Set(features)].sort(), [0, 1, 2, 3, 4, 5]);
    // Two of six, uniformly: each of the chosen ones is in a third of the draws.
    const share = features.filter((feature) => feature === 5).length / keys.length;
    assert.ok(Math.abs(share - 1 / 3) < 0.2, `${share}`);
  });

  test('where no more can be changed than were chosen, the control is the choice', () => {
    const few = pool.slice(4);
    const [draw] = drawn({ edits, pool: few }, drawRandom);
    assert.deepEqual(cells(draw!).toSorted(), [
      [3, 4],
      [3, 5],
    ]);
    assert.equal(sharedWith(draw!, edits), 2);
  });

  test('norm-matched: the change of each position has the norm of the chosen features’ change there', () => {
    // Decoder rows of length 1 at right angles, so that norms add in squares.
    const W_dec = float32(
      Float32Array.from({ length: 36 }, (_, i) => Number(i % 7 === 0)),
      [6, 6],
    );
    const norm = (edits: readonly Edit[]) =>
      Math.hypot(...edits.map((e) => e.value - e.featureAct));
    for (const draw of drawn({ edits, pool }, (draw) =>
      matchNorm(draw, { params: { W_dec } } as Sae),
    )) {
      assert.ok(Math.abs(norm(draw) - Math.hypot(6, 5)) < 1e-6, `${norm(draw)}`);
    }
  });

  test('mass-matched: as many as have the chosen features’ |attribution|, by one more or less', () => {
    // Attributions −2 … 3: the chosen ones have 3 + 2.
    for (const draw of drawn({ edits, pool }, matchMass)) {
      const mass = draw.reduce((sum, { attribution }) => sum + Math.abs(attribution!), 0);
      assert.ok(Math.abs(mass - 5) <= 1.5, `${cells(draw)}: ${mass}`);
      assert.ok(draw.length >= 1);
    }
  });

  test('of a substitution keep the values of the swapped prompt', () => {
    const swapped = pool.map((editable) => ({ ...editable, value: editable.featureAct + 2 }));
    for (const draw of drawn(
      { edits: edits.map((e) => ({ ...e, value: 1 })), pool: swapped },
      drawRandom,
    ))
      assert.ok(draw.every(({ value, featureAct }) => value === featureAct + 2));
  });
});

suite('the most attributed features', () => {
  const editable = (feature: number, attribution: number, value = 0): Editable => ({
    pos: 2,
    feature,
    featureAct: 1,
    value,
    attribution,
  });

  test('are ranked from 1, none that lower the metric, none that would not change', () => {
    const pool = [editable(1, 1), editable(2, -3), editable(3, 2), editable(4, 9, 1)];
    assert.deepEqual(
      mostAttributed(pool, 5).map(({ feature, rank }) => [feature, rank]),
      [
        [3, 1],
        [1, 2],
      ],
    );
    assert.equal(mostAttributed(pool, 1).length, 1);
  });
});

suite('topics in halves', () => {
  const targets = ['a', 'b', 'c', 'd', 'e'].flatMap((topic) => [
    targetOf(topic, 0),
    targetOf(topic, 1),
  ]);
  const topicsOf = (half: readonly Target[]) => [...new Set(half.map(({ list }) => list.topic))];

  test('no list is in both, none is lost, and topics stay whole', () => {
    for (const { chosenOn, testedOn } of splitTopics(targets, 5, 1)) {
      assert.equal(topicsOf(chosenOn).length, 2);
      assert.equal(topicsOf(testedOn).length, 3);
      assert.deepEqual(new Set([...chosenOn, ...testedOn]), new Set(targets));
    }
  });

  test('the same for the same seed, others in other splits', () => {
    const halves = (seed: number) => splitTopics(targets, 5, seed).map((s) => topicsOf(s.chosenOn));
    assert.deepEqual(halves(1), halves(1));
    assert.notDeepEqual(halves(1), halves(2));
    assert.ok(new Set(halves(1).map(String)).size > 1);
  });
});

suite('aligned positions', () => {
  const target = (topic: string, ids: readonly number[]): Target => ({
    ...targetOf(topic, 0),
    list: listRow(topic, 0, { token_ids: [...ids, 99, 98], n_prompt_tokens: ids.length }),
  });
  // The topic has one token, or two.
  const [one, two] = [target('a', [1, 2, 3, 50, 7, 8]), target('b', [1, 2, 3, 60, 61, 7, 8])];
  const { name, find } = alignPositions([one, two]);

  test('before the topic are counted from the start, the others from the end', () => {
    assert.deepEqual(
      [0, 2, 3, 4, 5].map((pos) => name(one, pos)),
      [0, 2, -3, -2, -1],
    );
    assert.deepEqual(
      [0, 2, 3, 4, 6].map((pos) => name(two, pos)),
      [0, 2, -4, -3, -1],
    );
  });

  test('are found again, where a prompt has them', () => {
    for (const target of [one, two])
      for (const pos of [0, 1, 2, 3, 4, 5]) assert.equal(find(target, name(target, pos)), pos);
    assert.equal(find(one, -4), null);
    assert.equal(find(one, 3), null);
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
      split: null,
      k: 5,
      n_edits: 5,
      n_pool: 9,
      n_shared: 2,
      n_draws: 1,
      sd: null,
      share_as_large: null,
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
