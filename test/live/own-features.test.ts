import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factorsOf, readyFeatures } from '../../pipeline/live/own-features.ts';
import type { OwnFeatures } from '../../pipeline/schema/live-features.ts';

const array = (...values: number[]) => ({
  dims: [values.length],
  base64: Buffer.from(Float32Array.from(values).buffer).toString('base64'),
});
const FILE: OwnFeatures = {
  hook: 'blocks.1.hook_resid_post',
  features: ['res_1_4', 'res_1_9'].map((id, i) => ({
    id,
    bias: i,
    threshold: 0.5,
    encoder: array(1, -2.5),
    decoder: array(i, 0.25),
  })),
};

test('features are read as they were published, and those that are off have the factor 0', () => {
  const ready = readyFeatures(FILE);
  assert.deepEqual(ready.features[1], {
    bias: 1,
    threshold: 0.5,
    encoder: Float32Array.of(1, -2.5),
    decoder: Float32Array.of(1, 0.25),
  });
  assert.deepEqual(factorsOf(ready, ['res_1_9']), [1, 0]);
  assert.deepEqual(factorsOf(ready, []), [1, 1]);
});

test('a feature that is not among them is refused', () => {
  assert.throws(() => factorsOf(readyFeatures(FILE), ['res_1_5']), {
    message: 'no feature res_1_5: reload the page',
  });
});
