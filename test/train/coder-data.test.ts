import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { OUTLIER_FACTOR, outlierBound } from '../../pipeline/stats/outliers.ts';
import type { Activations } from '../../pipeline/train/activations.ts';
import { coderData } from '../../pipeline/train/coder-data.ts';
import { assertNear } from '../miniature/miniature.ts';

const activations = (...rows: number[][]): Activations => ({
  n: rows.length,
  width: rows[0]!.length,
  data: Float32Array.from(rows.flat()),
});

test('the bound of outliers is three times the median norm', () => {
  assert.equal(OUTLIER_FACTOR, 3);
  assert.equal(outlierBound([5, 1, 100, 2, 4]), 12);
  assert.equal(outlierBound([4, 1, 2, 100]), 12); // of an even number, the upper one
  assert.equal(outlierBound([]), 0);
});

suite('the data of an SAE', () => {
  // Norms 5, 5, 5, 10, 50: the median is 5, the bound 15, and the last row alone is beyond.
  const y = activations([3, 4], [-3, 4], [5, 0], [6, 8], [30, 40]);
  const squares = 25 + 25 + 25 + 100 + 2500;
  const data = coderData(y, y);

  test('is scaled to unit RMS, and its mean and variance with it', () => {
    assertNear(data.yScale, 1 / Math.sqrt(squares / 10), 1e-7);
    assert.equal(data.xScale, data.yScale);
    assertNear(data.yMean[0]!, (41 / 5) * data.yScale, 1e-6);
    assertNear(data.yMean[1]!, (56 / 5) * data.yScale, 1e-6);
    const variance = (squares / 5 - (41 / 5) ** 2 - (56 / 5) ** 2) * data.yScale ** 2;
    assertNear(data.variance, variance, 1e-6);
  });

  test('an outlier weighs as if its error were that of a row at the bound, all others alike', () => {
    assert.deepEqual(data.isOutlier, [false, false, false, false, true]);
    const ordinary = 1 / data.variance;
    for (const row of [0, 1, 2, 3]) assertNear(data.weights[row]!, ordinary, 1e-5);
    assertNear(data.weights[4]!, ordinary * (15 / 50) ** 2, 1e-6);
  });

  test('a transcoder has a scale for each side, and outliers of its output', () => {
    const x = activations([1], [1], [900], [1], [1]);
    const both = coderData(x, y);
    assertNear(both.xScale, 1 / Math.sqrt((4 + 900 ** 2) / 5), 1e-8);
    assert.equal(both.yScale, data.yScale);
    assert.deepEqual(both.isOutlier, data.isOutlier);
    assert.deepEqual(both.weights, data.weights);
  });
});
