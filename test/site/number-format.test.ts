import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatNumber, formatSmall } from '../../site/lib/number-format.ts';

test('numbers have the decimals asked for, a real minus and grouped thousands', () => {
  assert.equal(formatNumber(5.04), '5.0');
  assert.equal(formatNumber(1234.5, '0'), '1,235');
  assert.equal(formatNumber(-0.25, '0.00'), '−0.25');
  assert.equal(formatNumber(-0.001, '0.0'), '0.0');
  assert.equal(formatNumber(-12345.6, '0'), '−12,346');
});

test('shares are in percent, the sign after a narrow space', () => {
  assert.equal(formatNumber(0.956, '0%'), '96\u202f%');
  assert.equal(formatNumber(0.0005, '0.0 %'), '0.1\u202f%');
});

test('a tiny number is said to be below the last digit, on its side of nothing', () => {
  assert.equal(formatSmall(1.5e-10), '<0.001');
  assert.equal(formatSmall(-1.5e-10), '>−0.001');
  assert.equal(formatSmall(0), '0.000');
  assert.equal(formatSmall(0.0123), '0.012');
  assert.equal(formatSmall(0.00001, '0.0 %'), '<0.1\u202f%');
});

test('an unknown pattern is refused', () => {
  assert.throws(() => formatNumber(1, '.2f'), /unknown number format: \.2f/);
});

test('sizes are in kB and MB', () => {
  assert.equal(formatBytes(54_400), '54 kB');
  assert.equal(formatBytes(1_250_000), '1.3 MB');
});
