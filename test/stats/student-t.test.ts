import assert from 'node:assert/strict';
import { test } from 'node:test';
import { centralProbability, tQuantile } from '../../pipeline/stats/student-t.ts';

test('quantiles are those of printed tables', () => {
  for (const [confidence, df, t] of [
    [0.95, 1, 12.706205],
    [0.95, 2, 4.302653],
    [0.95, 4, 2.776445],
    [0.95, 22, 2.073873],
    [0.99, 7, 3.499483],
    [0.5, 10, 0.699812],
  ] as const)
    assert.ok(Math.abs(tQuantile(confidence, df) - t) < 1e-6, `${confidence} ${df}`);
});

test('with many degrees of freedom it is the normal distribution', () => {
  assert.ok(Math.abs(tQuantile(0.95, 100_001) - 1.959964) < 1e-4);
});

test('the probability of its quantile is the confidence, and of 0 nothing', () => {
  for (const df of [1, 2, 3, 8, 200])
    assert.ok(Math.abs(centralProbability(tQuantile(0.9, df), df) - 0.9) < 1e-12);
  assert.equal(centralProbability(0, 5), 0);
});
