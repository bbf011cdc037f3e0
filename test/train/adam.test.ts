import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adamStep, startAdam } from '../../pipeline/train/adam.ts';
import { assertNear } from '../miniature/miniature.ts';

test('two steps, by hand', () => {
  const parameters = Float32Array.of(1, -2);
  const adam = startAdam(2);
  // The first step goes by the gradient's sign, whatever its size: m / (1 − β₁) = g, v / (1 − β₂) = g².
  adamStep(parameters, Float32Array.of(0.3, -0.5), adam, { step: 1, rate: 0.1 });
  assertNear(parameters[0]!, 0.9, 1e-6);
  assertNear(parameters[1]!, -1.9, 1e-6);
  // m = 0.9 · 0.03 − 0.1 · 0.1 = 0.017, over 0.19: 0.0894737
  // v = 0.99 · 0.0009 + 0.01 · 0.01 = 0.000991, over 0.0199: 0.0497990, its root 0.2231569
  adamStep(parameters, Float32Array.of(-0.1, -0.5), adam, { step: 2, rate: 0.1 });
  assertNear(adam.mean[0]!, 0.017, 1e-8);
  assertNear(adam.variance[0]!, 0.000991, 1e-9);
  assertNear(parameters[0]!, 0.9 - 0.1 * 0.4009452, 1e-6);
  // The same gradient again is the same step again.
  assertNear(parameters[1]!, -1.8, 1e-6);
});

test('a gradient longer than 1 is shortened to 1, a shorter one left', () => {
  const long = startAdam(2);
  const at = { step: 1, rate: 0.1 };
  assert.equal(adamStep(new Float32Array(2), Float32Array.of(3, 4), long, at), 5);
  assertNear(long.mean[0]!, 0.06, 1e-7);
  assertNear(long.mean[1]!, 0.08, 1e-7);
  const short = startAdam(2);
  assertNear(adamStep(new Float32Array(2), Float32Array.of(0.3, 0.4), short, at), 0.5, 1e-7);
  assertNear(short.mean[1]!, 0.04, 1e-7);
});

test('no gradient, no step', () => {
  const parameters = Float32Array.of(1, -2);
  assert.equal(adamStep(parameters, new Float32Array(2), startAdam(2), { step: 1, rate: 1 }), 0);
  assert.deepEqual([...parameters], [1, -2]);
});
