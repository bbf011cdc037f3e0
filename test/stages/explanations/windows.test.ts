import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitRule } from '../../../pipeline/stages/explanations/rules.ts';
import { detectionAuc } from '../../../pipeline/stages/explanations/windows.ts';
import { described, material, never, onThird } from './material.ts';

test('windows are of held-out lists, and cover them once', () => {
  const covered = material.windows.flatMap(({ start, end }) =>
    Array.from({ length: end - start }, (_, i) => start + i),
  );
  assert.deepEqual(covered, described.positions['held out']);
  assert.ok(material.windows.every(({ start, end }) => end - start <= 16));
  const first = fitRule('place', described, onThird, described.training);
  assert.equal(detectionAuc(first, onThird, material.windows), 1);
  assert.equal(
    detectionAuc(() => 0, onThird, material.windows),
    0.5,
  );
  assert.equal(detectionAuc(first, never, material.windows), null);
});
