import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelOf } from '../../../pipeline/stages/explanations/label.ts';
import { described, never, onRed, onThird, promoted, token } from './material.ts';

test('a label says where, and what is raised', () => {
  const given = { promoted, token };
  const raises = 'raises "\\n", " blue", "-"';
  assert.equal(labelOf('token', described, onRed, given), `on " red"; ${raises}`);
  assert.equal(labelOf('place', described, onThird, given), `on items of item 3; ${raises}`);
  assert.equal(
    labelOf(null, described, never, given),
    `never active in the training topics; ${raises}`,
  );
});
