import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holm, resamplesForHolm } from '../../pipeline/stats/holm.ts';

test('each p-value is multiplied by the tests that are not yet rejected, in order', () => {
  // Ascending: 0.005 × 4, 0.01 × 3, 0.03 × 2, and 0.04 × 1, which is raised to the one before.
  assert.deepEqual(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
});

test('no adjusted p-value is above 1; one test is as it was', () => {
  assert.deepEqual(holm([0.6, 0.9]), [1, 1]);
  assert.deepEqual(holm([0.3]), [0.3]);
  assert.deepEqual(holm([]), []);
});

test('where there is no test, none is counted', () => {
  assert.deepEqual(holm([null, 0.02, null, 0.5]), [null, 0.04, null, 0.5]);
});

test('so many resamples are drawn that all tests together can be significant', () => {
  const study = { resamples: 2000, confidence: 0.95 };
  assert.equal(resamplesForHolm(18, study), 2000);
  const many = resamplesForHolm(156, study);
  assert.ok((156 * 2) / (many + 1) < 0.025 && many > 2000);
});
