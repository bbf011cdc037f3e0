import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rankWithinLists } from '../../pipeline/stages/predicted-effects.ts';

/** A list of four edits whose measured effects are in this order of the predicted ones. */
const list = (sample_id: string, order: readonly number[]) =>
  order.map((effect, predicted) => ({ sample_id, predicted, effect }));

test('the interval of a mean rank correlation does not leave −1 to 1, however few lists there are', () => {
  const cells = [
    ...list('a', [0, 1, 2, 3]),
    ...list('b', [0, 1, 3, 2]),
    ...list('c', [3, 0, 1, 2]),
  ];
  const settings = { seed: 1, bootstrap: { resamples: 500, confidence: 0.95 } };
  const rank = rankWithinLists(cells, (id) => id, { key: 'test', settings })!;
  assert.equal(rank.n, 3);
  assert.ok(Math.abs(rank.mean - (1 + 0.8 - 0.2) / 3) < 1e-12, String(rank.mean));
  assert.equal(rank.ci_high, 1); // without the bound it is 2.1
  assert.equal(rank.ci_low, -1);
});
