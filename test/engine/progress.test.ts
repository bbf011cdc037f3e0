import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateOf } from '../../pipeline/engine/progress.ts';

test('a rate has a time in which some work is done', () => {
  assert.equal(rateOf(250, 'lists'), '250/s');
  assert.equal(rateOf(1.26, 'lists'), '1.3/s');
  assert.equal(rateOf(0.1, 'lists'), '0.1/s');
  assert.equal(rateOf(0.04, 'SAEs'), '2.4/min'); // not 0.0/s
  assert.equal(rateOf(0, 'SAEs'), '0.0/min');
  assert.equal(rateOf(5.2e6, 'bytes'), '5.2 MB/s');
});
