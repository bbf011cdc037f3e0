import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mixtureWeights } from '../../pipeline/rehearsal/planted-mlp.ts';

const around = { norm: 46, softcap: 30, temperature: 0.8 };

test('a mixture has unit length, and its softcapped logits give the probabilities at the temperature', () => {
  for (const probabilities of [[1], [0.75, 0.25], [0.9, 0.1], Array<number>(8).fill(1 / 8)]) {
    const shares = mixtureWeights(probabilities, around);
    assert.ok(Math.abs(Math.hypot(...shares) - 1) < 1e-9);
    const weights = shares.map((share) => {
      const logit = around.softcap * Math.tanh((share * around.norm) / around.softcap);
      return Math.exp(logit / around.temperature);
    });
    const sum = weights.reduce((a, b) => a + b, 0);
    probabilities.forEach((p, i) => {
      assert.ok(Math.abs(weights[i]! / sum - p) < 1e-9, `${weights[i]! / sum} is not ${p}`);
    });
  }
});
