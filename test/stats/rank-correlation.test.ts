import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rankCorrelation, ranks } from '../../pipeline/stats/rank-correlation.ts';

test('equal values share the average of their places', () => {
  assert.deepEqual(ranks([10, 30, 20]), [1, 3, 2]);
  assert.deepEqual(ranks([5, 1, 5, 5]), [3, 1, 3, 3]);
  assert.deepEqual(ranks([2, 2, 1, 1]), [3.5, 3.5, 1.5, 1.5]);
  assert.deepEqual(ranks([]), []);
});

/** By hand, from the ranks: without ties 1 − 6 Σd² / n(n² − 1), with ties Pearson's of the shared ranks. */
const CASES: [number[], number[], number][] = [
  [[1, 2, 3], [10, 100, 1000], 1],
  [[1, 2, 3], [0, -1, -2], -1],
  [[1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 0.8207826816681233], // y: 1 2 3.5 5 3.5
  [[1, 2, 3, 4], [2, 1, 4, 3], 0.6], // Σd² = 4
  [[1, 1, 2, 2], [1, 2, 1, 2], 0],
  [[1, 1, 2], [1, 2, 2], 0.5], // 1.5 1.5 3 and 1 2.5 2.5
];

for (const [xs, ys, expected] of CASES)
  test(`${xs} with ${ys}: ${expected}`, () => {
    const found = rankCorrelation(xs, ys)!;
    assert.ok(Math.abs(found - expected) < 1e-12, `${found}`);
    assert.equal(rankCorrelation(ys, xs), found);
  });

test('it sees order alone', () => {
  const [xs, ys] = [
    [3, 1, 4, 1.5, 9],
    [2, 7, 1, 8, 2.8],
  ];
  const found = rankCorrelation(xs, ys);
  assert.equal(rankCorrelation(xs.map(Math.exp), ys), found);
  assert.notEqual(found, 0);
});

test('none where one side has no order, or there is no pair', () => {
  assert.equal(rankCorrelation([1, 1, 1], [1, 2, 3]), null);
  assert.equal(rankCorrelation([1], [2]), null);
  assert.equal(rankCorrelation([], []), null);
  assert.throws(() => rankCorrelation([1], [1, 2]), /^Error: 1 values to correlate with 2: /);
});
