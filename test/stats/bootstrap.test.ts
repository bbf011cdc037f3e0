import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  bootstrapMean,
  bootstrapRuns,
  bootstrapStatistic,
} from '../../pipeline/stats/bootstrap.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';

const options = (seed: number) => ({
  resamples: 1000,
  confidence: 0.95,
  random: keyedRandom(seed, 'bootstrap test'),
});

test('the mean weighs observations, not clusters', () => {
  const { mean, n } = bootstrapMean([[1, 1, 1], [5], []], options(1));
  assert.equal(mean, 2);
  assert.equal(n, 4);
});

test('one cluster, or equal values, give an interval of no width', () => {
  for (const clusters of [[[1, 2, 3]], [[2], [2, 2]]]) {
    const { mean, ci_low, ci_high } = bootstrapMean(clusters, options(1));
    assert.deepEqual([ci_low, ci_high], [mean, mean]);
  }
});

test('the same seed gives the same interval, another seed another', () => {
  const clusters = Array.from({ length: 20 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
  assert.deepEqual(bootstrapMean(clusters, options(1)), bootstrapMean(clusters, options(1)));
  assert.notDeepEqual(bootstrapMean(clusters, options(1)), bootstrapMean(clusters, options(2)));
});

test('the interval covers the true mean about as often as it says', () => {
  const draw = keyedRandom(7, 'coverage');
  const normal = () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
  const trials = 300;
  let covered = 0;
  for (let trial = 0; trial < trials; trial++) {
    const clusters = Array.from({ length: 40 }, () => {
      const shared = normal(); // what makes a cluster's members alike
      return Array.from({ length: 5 }, () => shared + normal());
    });
    const { ci_low, ci_high } = bootstrapMean(clusters, { ...options(trial), resamples: 400 });
    if (ci_low <= 0 && 0 <= ci_high) covered++;
  }
  assert.ok(covered / trials > 0.9 && covered / trials < 0.98, `covered ${covered} of ${trials}`);
});

test('no observations is an error', () => {
  assert.throws(() => bootstrapMean([[]], options(1)), {
    message: 'no observations to average: give at least one',
  });
});

test('the ends of an interval interpolate between the resampled values beside them', () => {
  let drawn = 0;
  const counting = () => drawn++; // 0 of the observations, then 1 to 11
  const half = { ...options(1), resamples: 11, confidence: 0.5 };
  const { ci_low, ci_high } = bootstrapStatistic([[1]], counting, half)!;
  assert.deepEqual([ci_low, ci_high], [3.5, 8.5]);
});

suite('several runs of one experiment', () => {
  const clusters = [[1, 2], [5], [0, 4, 9], [7, 7]];

  test('one run alone is its mean and interval', () => {
    assert.deepEqual(bootstrapRuns([clusters], options(2)), bootstrapMean(clusters, options(2)));
  });

  test('the mean is of all runs, the interval of one', () => {
    const shifted = clusters.map((values) => values.map((x) => x + 100));
    const { mean, ci_low, ci_high, n } = bootstrapRuns([clusters, shifted], options(2));
    const alone = bootstrapMean(clusters, options(2));
    assert.ok(Math.abs(mean - (alone.mean + 50)) < 1e-12);
    assert.equal(n, 16);
    assert.ok(ci_low < 20 && ci_high > 90, `${ci_low} to ${ci_high}`);
  });

  test('equal runs do not narrow it, as more clusters would', () => {
    const { ci_low, ci_high } = bootstrapRuns([clusters, clusters, clusters], options(3));
    const alone = bootstrapMean(clusters, options(3));
    const width = (ci_high - ci_low) / (alone.ci_high - alone.ci_low);
    assert.ok(width > 0.9 && width < 1.1, `${width}`);
  });
});

test('any statistic: of the mean it is the same, and where it is not defined there is none', () => {
  const clusters = [[1, 2], [4], [3, 3, 9]];
  const options = () => ({ resamples: 200, confidence: 0.9, random: keyedRandom(1, 'statistic') });
  const mean = (of: readonly (readonly number[])[]) =>
    of.flat().reduce((a, b) => a + b, 0) / of.flat().length;
  assert.deepEqual(
    bootstrapStatistic(clusters, mean, options()),
    bootstrapMean(clusters, options()),
  );
  assert.equal(
    bootstrapStatistic(clusters, () => null, options()),
    null,
  );
});
