import assert from 'node:assert/strict';
import { test } from 'node:test';
import { studentQuantile } from '../../pipeline/stats/student-quantile.ts';

test('quantiles of Student’s distribution are those of the tables', () => {
  for (const [p, freedom, x] of [
    [0.5, 22, 0],
    [0.975, 10, 2.228139],
    [0.975, 22, 2.073873],
    [0.025, 22, -2.073873],
    [0.995, 22, 2.818756],
    [0.9995, 22, 3.792131],
    [0.975, 1e6, 1.959966],
  ] as const)
    assert.ok(Math.abs(studentQuantile(p, freedom) - x) < 1e-3, `${p} ${freedom}`);
});
