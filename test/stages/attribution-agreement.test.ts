import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ExactEffectRow } from '../../pipeline/schema/exact-effects.ts';
import { agreementRows } from '../../pipeline/stages/attribute/agreement.ts';
import { strongestCells } from '../../pipeline/stages/attribute/exact.ts';
import { assertNear } from '../miniature/miniature.ts';
import { listRow } from './lists.ts';

const SETTINGS = { seed: 1, bootstrap: { resamples: 200, confidence: 0.9 } };
const lists = ['a', 'b'].map((topic) => listRow(topic, 0)); // prompts of ten tokens
const listOf = new Map(lists.map((list) => [list.sample_id, list]));
const [first, second] = lists.map(({ sample_id }) => sample_id) as [string, string];

const effect = (
  sample_id: string,
  pos: number,
  values: Pick<ExactEffectRow, 'gradient' | 'integrated' | 'effect'>,
): ExactEffectRow => ({
  sample_id,
  sae_id: 'res_1',
  path: 'zero',
  pos,
  feature: pos,
  feature_act: 1,
  value: 0,
  ...values,
});

const sum = (
  sample_id: string,
  features: number,
  gradient: number,
  metric_start: number | null,
) => ({
  sample_id,
  sae_id: 'res_1',
  metric: 'blank_newline' as const,
  path: 'zero' as const,
  features,
  gradient,
  error: 0,
  bias: 0,
  metric_start,
  metric_end: 2,
  completeness_error: null,
  n_points: 9,
});

suite('agreement with exact effects', () => {
  // A feature that raises the metric lowers it when it is taken away: attribution and effect have opposite signs.
  const effects = [
    effect(first, 2, { gradient: -1, integrated: 1, effect: -3 }),
    effect(first, 3, { gradient: 2, integrated: 2, effect: -1 }),
    effect(first, 12, { gradient: 1, integrated: -1, effect: -4 }), // of the answer
    effect(second, 2, { gradient: 0.5, integrated: 0.5, effect: -2 }),
    effect(second, 3, { gradient: 0.4, integrated: -0.1, effect: -1 }),
  ];
  const sums = [sum(first, 1.9, 1, 0), sum(second, -0.9, 0, 3)];
  const rows = agreementRows({ effects, sums, listOf }, SETTINGS);
  const by = (method: string) => rows.find((row) => row.method === method)!;

  test('is by method, of the prompt and of all of the list', () => {
    assert.deepEqual(
      rows.map(({ method, sae_id, path, n_cells, n }) => [method, sae_id, path, n_cells, n]),
      [
        ['gradient', 'res_1', 'zero', 4, 2],
        ['integrated', 'res_1', 'zero', 4, 2],
      ],
    );
    assertNear(by('gradient').sign_by_mass!, (1 + 2 + 1) / 7, 1e-12);
    assertNear(by('integrated').sign_by_mass!, (3 + 1 + 2) / 7, 1e-12);
    assertNear(by('gradient').list_sign_by_mass!, (1 + 4 + 2 + 1) / 11, 1e-12);
    assertNear(by('integrated').list_sign_by_mass!, (3 + 1 + 2) / 11, 1e-12);
    assertNear(by('integrated').effect_mass, 7 / 2, 1e-12);
  });

  test('ranks within lists', () => {
    // In the first list −1, 2 predict 1, −2 of −3, −1: the wrong way round; in the second the right way.
    assert.equal(by('gradient').rank_correlation, 0);
    assert.equal(by('integrated').rank_correlation, 0);
    assert.ok(by('gradient').rank_low! <= 0 && by('gradient').rank_high! >= 0);
  });

  test('says how far attributions are from the difference between the ends', () => {
    assertNear(by('integrated').completeness_error!, (0.1 + 0.1) / (2 + 1), 1e-12);
    assertNear(by('gradient').completeness_error!, (1 + 1) / (2 + 1), 1e-12);
    const unknown = agreementRows({ effects, sums: [sum(first, 1, 1, null)], listOf }, SETTINGS);
    assert.deepEqual(
      unknown.map((row) => row.completeness_error),
      [null, null],
    );
  });

  test('has no row of a method that the study has not, and none where nothing was measured', () => {
    const plain = effects.map((row) => ({ ...row, integrated: null }));
    const found = agreementRows({ effects: plain, sums, listOf }, SETTINGS);
    assert.deepEqual(
      found.map(({ method }) => method),
      ['gradient'],
    );
    assert.deepEqual(agreementRows({ effects: [], sums, listOf }, SETTINGS), []);
  });

  test('is null where no feature does anything', () => {
    const still = effects.map((row) => ({ ...row, effect: 0 }));
    for (const row of agreementRows({ effects: still, sums, listOf }, SETTINGS)) {
      assert.equal(row.sign_by_mass, null);
      assert.equal(row.rank_correlation, null);
      assert.equal(row.effect_mass, 0);
    }
  });
});

test('exact effects are of the strongest by either method, in the prompt and in all of the list', () => {
  const feature = (pos: number, attribution: number, gradient: number) => ({
    pos,
    feature: pos,
    featureAct: 1,
    startAct: 0,
    attribution,
    gradient,
  });
  const all = [feature(1, 0.1, 3), feature(2, 1, 0.1), feature(8, -5, 0.2), feature(9, 0.2, -4)];
  const by = (key: 'attribution' | 'gradient') =>
    all.toSorted((a, b) => Math.abs(b[key]) - Math.abs(a[key]));
  const row = {
    byValue: [],
    byMagnitude: [...by('attribution'), feature(10, 0, 0)],
    byGradient: by('gradient'),
    byPart: { prompt: [], prefix: [] },
    featureSums: new Float32Array(),
    gradientSums: new Float32Array(),
    maxActs: new Float32Array(),
    byPosition: [],
    metrics: { start: 0, end: 1.5, points: 3 },
  };
  const key = { sample_id: first, sae_id: 'res_1', metric: 'blank_newline' } as const;
  const list = { key, path: 'zero', row, metricPos: 12 } as const;
  const positions = (cells: number) =>
    strongestCells(list, { cells, promptLength: 5 })
      .map(({ pos, metric }) => {
        assert.equal(metric, 1.5);
        return pos;
      })
      .sort((a, b) => a - b);
  assert.deepEqual(positions(1), [1, 2, 8, 9]);
  assert.deepEqual(positions(100), [1, 2, 8, 9]); // not the one that nothing is attributed to
});
