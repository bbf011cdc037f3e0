import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auc } from '../../pipeline/stats/auc.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';

/** Every pair, one by one. */
const byPairs = (positives: readonly number[], negatives: readonly number[]): number =>
  positives
    .flatMap((p) => negatives.map((n) => (p > n ? 1 : p === n ? 0.5 : 0)))
    .reduce((sum: number, x) => sum + x, 0) /
  (positives.length * negatives.length);

test('the AUC counts pairs, ties by half', () => {
  assert.equal(auc([2, 3], [0, 1]), 1);
  assert.equal(auc([0], [1, 2]), 0);
  assert.equal(auc([1, 1], [1]), 0.5);
  assert.equal(auc([1, 2], [1, 0]), 3.5 / 4);
  const random = keyedRandom(3, 'auc');
  for (const values of [2, 5, 1000]) {
    const draw = (n: number) => Array.from({ length: n }, () => Math.floor(random() * values) - 1);
    const [positives, negatives] = [draw(40), draw(70)];
    const found = auc(positives, negatives)!;
    assert.ok(Math.abs(found - byPairs(positives, negatives)) < 1e-12);
  }
});

test('there is no AUC without both sides', () => {
  assert.equal(auc([], [1]), null);
  assert.equal(auc([1], []), null);
});
