import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { meanAsRatio, robustRatio } from '../../pipeline/stats/ratio-of-sums.ts';
import { tQuantile } from '../../pipeline/stats/student-t.ts';
import { FEWEST_CLUSTERS, studentised } from '../../pipeline/stats/studentised.ts';

const options = (seed: number) => ({
  resamples: 1000,
  confidence: 0.95,
  random: keyedRandom(seed, 'studentised test'),
});
const near = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) < 1e-12, `${found}, expected ${expected}`);
const ratio = (...pairs: [sum: number, weight: number][]) => ({
  sums: Float64Array.from(pairs, ([sum]) => sum),
  weights: Float64Array.from(pairs, ([, weight]) => weight),
});

suite('cluster-robust standard errors, by hand', () => {
  test('a mean weighs observations, and clusters vary by their sums', () => {
    // Mean 2 of [1, 1, 1] and [5]: residual sums −3 and 3, over 4 observations.
    const { value, standardError } = robustRatio([meanAsRatio([[1, 1, 1], [5], []])]);
    assert.equal(value, 2);
    near(standardError, Math.sqrt((2 * (9 + 9)) / 16));
  });

  test('with one observation a cluster it is the standard error of a mean', () => {
    const { standardError } = robustRatio([meanAsRatio([[1], [2], [6]])]);
    near(standardError, Math.sqrt((4 + 1 + 9) / 2 / 3));
  });

  test('a difference of ratios has the difference of their influences', () => {
    const arm = ratio([1, 10], [1, 30]);
    const before = ratio([1, 5], [1, 5]);
    // 2/40 against 2/10: influences (1 − 0.5)/40 − 0 and (1 − 1.5)/40 − 0.
    const { value, standardError } = robustRatio([arm, before]);
    near(value, 0.05 - 0.2);
    near(standardError, Math.sqrt(2 * 2 * (0.5 / 40) ** 2));
  });

  test('a resample is as if its clusters were there as often as drawn', () => {
    const data = [[1, 2], [5], [9, 9, 8]];
    const drawn = robustRatio([meanAsRatio(data)], Int32Array.of(0, 0, 2));
    assert.deepEqual(drawn, robustRatio([meanAsRatio([data[0]!, data[0]!, data[2]!])]));
  });

  test('rounding is no spread', () => {
    const shares = Array.from({ length: 9 }, (_, i) => Array.from({ length: i + 1 }, () => 0.1));
    assert.equal(robustRatio([meanAsRatio(shares)]).standardError, 0);
  });
});

suite('few clusters', () => {
  test('have the interval and the p-value of Student’s t', () => {
    const few = Array.from({ length: FEWEST_CLUSTERS - 1 }, (_, i) => [i]);
    const { value, ci_low, ci_high, p } = studentised([meanAsRatio(few)], options(1));
    const reach = tQuantile(0.95, 6) * Math.sqrt(28 / 6 / 7);
    near(ci_low, value - reach);
    near(ci_high, value + reach);
    assert.ok(p! > 0.005 && p! < 0.02, `${p}`);
  });

  test('one cluster has no width, and no test', () => {
    const { ci_low, ci_high, p } = studentised([meanAsRatio([[1, 2, 3]])], options(1));
    assert.deepEqual([ci_low, ci_high, p], [2, 2, null]);
  });
});

suite('clusters that agree', () => {
  test('have no width; a difference of 0 is none, another is tested by its signs', () => {
    const zero = studentised([meanAsRatio(Array(9).fill([0, 0]))], options(1));
    assert.deepEqual([zero.ci_low, zero.ci_high, zero.p], [0, 0, 1]);
    const one = studentised([meanAsRatio(Array(9).fill([1]))], options(1));
    assert.deepEqual([one.ci_low, one.ci_high, one.p], [1, 1, 2 ** -8]);
  });

  test('all but one: the interval is finite, and holds 0', () => {
    const rare = [[1], ...Array.from({ length: 11 }, () => [0])];
    const { ci_low, ci_high, p } = studentised([meanAsRatio(rare)], options(1));
    assert.ok(Number.isFinite(ci_low) && ci_low < 0 && ci_high > 1 / 12 && ci_high < 1);
    assert.ok(p! > 0.05);
  });
});

suite('the bootstrap', () => {
  const skewed = Array.from({ length: 20 }, (_, i) => [Math.exp(i / 5), Math.exp(i / 6)]);

  test('reaches further to the side of the long tail', () => {
    const { value, ci_low, ci_high } = studentised([meanAsRatio(skewed)], options(1));
    assert.ok(ci_high - value > 1.2 * (value - ci_low));
  });

  test('the same seed gives the same interval, another seed another', () => {
    const of = (seed: number) => studentised([meanAsRatio(skewed)], options(seed));
    assert.deepEqual(of(1), of(1));
    assert.notDeepEqual(of(1), of(2));
  });

  test('p is below the level where the interval leaves 0 out, and there alone', () => {
    for (const shift of [0, 2, 3, 4, 5, 6, 8, 10, 14]) {
      const shifted = skewed.map((values) => values.map((x) => x - shift));
      const { ci_low, ci_high, p } = studentised([meanAsRatio(shifted)], options(3));
      const excludes = ci_low > 0 || ci_high < 0;
      assert.ok(excludes ? p! < 0.05 + 2 / 1001 : p! > 0.05 - 2 / 1001, `${shift}: ${p}`);
    }
  });

  test('p is never below twice one resample', () => {
    const far = skewed.map((values) => values.map((x) => x + 1000));
    assert.equal(studentised([meanAsRatio(far)], options(1)).p, 2 / 1001);
  });

  test('no observations is an error', () => {
    assert.throws(() => studentised([meanAsRatio([[]])], options(1)), {
      message: 'no observations to average: give at least one',
    });
  });
});
