import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { clusterMean } from '../../pipeline/stats/cluster-mean.ts';
import { clusterShare } from '../../pipeline/stats/cluster-share.ts';
import { tQuantile } from '../../pipeline/stats/student-t.ts';

const SETTINGS = { seed: 1, bootstrap: { resamples: 500, confidence: 0.95 } };

interface Value {
  readonly value: number;
  readonly cluster: number;
}
const observed = (clusters: readonly (readonly number[])[]) => ({
  rows: clusters.flatMap((values, cluster) => values.map((value): Value => ({ value, cluster }))),
  value: ({ value }: Value) => value,
  cluster: ({ cluster }: Value) => cluster,
});
const times = (n: number, values: readonly number[]) => Array.from({ length: n }, () => values);
const near = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) < 1e-12, `${found}, expected ${expected}`);

suite('a mean', () => {
  test('is of observations, not of clusters', () => {
    const { mean, n } = clusterMean(observed([[1, 1, 1], [5]]), 'key', SETTINGS);
    assert.deepEqual([mean, n], [2, 4]);
  });

  test('has an interval that does not leave the values’ range', () => {
    const near1 = observed([...times(6, [1]), [0.2]]);
    const free = clusterMean(near1, 'key', SETTINGS);
    const bound = clusterMean({ ...near1, range: [0, 1] }, 'key', SETTINGS);
    assert.ok(free.ci_high > 1);
    assert.deepEqual([bound.ci_low, bound.ci_high], [free.ci_low, 1]);
  });

  test('its random draws are of its key', () => {
    const data = observed(Array.from({ length: 20 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]));
    const of = (key: string) => clusterMean(data, key, SETTINGS);
    assert.deepEqual(of('a'), of('a'));
    assert.notDeepEqual(of('a'), of('b'));
  });
});

suite('a share', () => {
  const share = (clusters: readonly (readonly number[])[]) =>
    clusterShare(observed(clusters), SETTINGS);

  test('of clusters in which all observations agree counts clusters', () => {
    // 10 clusters of 5, half of them all 1: the variance is that of 10 observations, by 10 / 9.
    const { mean, ci_low, ci_high, n } = share([
      ...times(5, Array(5).fill(1)),
      ...times(5, Array(5).fill(0)),
    ]);
    assert.deepEqual([mean, n], [0.5, 50]);
    const t = tQuantile(0.95, 9);
    // Wilson at one half, with 9 observations: half of the width is t / 2 / √(9 + t²).
    near(ci_high - 0.5, t / 2 / Math.sqrt(9 + t * t));
    near(ci_low, 1 - ci_high);
  });

  test('of clusters that are more alike than chance makes them counts all observations', () => {
    const { ci_high } = share(times(10, [0, 1, 0, 1]));
    const t = tQuantile(0.95, 9);
    near(ci_high - 0.5, t / 2 / Math.sqrt(40 + t * t));
  });

  test('of 0 or 1 has a width, and stays in range', () => {
    const t = tQuantile(0.95, 22);
    const all = share(times(23, [1, 1, 1, 1, 1]));
    assert.equal(all.ci_high, 1);
    near(all.ci_low, 115 / (115 + t * t));
    const none = share(times(23, [0, 0, 0, 0, 0]));
    assert.equal(none.ci_low, 0);
    near(none.ci_high, 1 - all.ci_low);
  });

  test('of one cluster says nothing of others', () => {
    const { mean, ci_low, ci_high } = share([[1, 0, 1, 1]]);
    assert.deepEqual([mean, ci_low, ci_high], [0.75, 0, 1]);
  });

  test('takes 0 and 1 alone', () => {
    assert.throws(() => share([[1], [0.5]]), {
      message: 'a share of 0.5: give observations of 0 or 1',
    });
    assert.throws(() => share([]), { message: 'no observations to average: give at least one' });
  });
});
