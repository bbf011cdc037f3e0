import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { bootstrapStatistic } from '../../pipeline/stats/percentile-bootstrap.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { runBand } from '../../pipeline/stats/run-band.ts';

const options = (seed: number) => ({
  resamples: 1000,
  confidence: 0.95,
  random: keyedRandom(seed, 'bootstrap test'),
});

test('the ends of an interval interpolate between the resampled values beside them', () => {
  let drawn = 0;
  const counting = () => drawn++; // 0 of the observations, then 1 to 11
  const half = { ...options(1), resamples: 11, confidence: 0.5 };
  const { ci_low, ci_high } = bootstrapStatistic([[1]], counting, half)!;
  assert.deepEqual([ci_low, ci_high], [3.5, 8.5]);
});

test('where a statistic is not defined there is no interval', () => {
  assert.equal(
    bootstrapStatistic([[1, 2], [4]], () => null, options(1)),
    null,
  );
});

suite('the band of several runs', () => {
  const clusters = [[1, 2], [5], [0, 4, 9], [7, 7]];

  test('the mean is of all runs, the band of one', () => {
    const shifted = clusters.map((values) => values.map((x) => x + 100));
    const { mean, ci_low, ci_high, n } = runBand([clusters, shifted], options(2));
    const alone = runBand([clusters], options(2));
    assert.ok(Math.abs(mean - (alone.mean + 50)) < 1e-12);
    assert.equal(n, 16);
    assert.ok(ci_low < 20 && ci_high > 90, `${ci_low} to ${ci_high}`);
  });

  test('equal runs do not narrow it, as more clusters would', () => {
    const { ci_low, ci_high } = runBand([clusters, clusters, clusters], options(3));
    const alone = runBand([clusters], options(3));
    const width = (ci_high - ci_low) / (alone.ci_high - alone.ci_low);
    assert.ok(width > 0.9 && width < 1.1, `${width}`);
  });

  test('one run’s band is the percentile interval of its mean', () => {
    const band = runBand([clusters], options(4));
    const mean = (of: readonly (readonly number[])[]) =>
      of.flat().reduce((a, b) => a + b, 0) / of.flat().length;
    const interval = bootstrapStatistic(clusters, mean, options(5))!;
    assert.equal(band.mean, interval.mean);
    assert.ok(Math.abs(band.ci_low - interval.ci_low) < 0.3);
    assert.ok(Math.abs(band.ci_high - interval.ci_high) < 0.3);
  });
});
