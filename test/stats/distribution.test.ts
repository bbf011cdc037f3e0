import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entropyOf, probabilityOf } from '../../pipeline/stats/distribution.ts';
import { assertNear } from '../miniature/miniature.ts';
import { distributionOf } from './distribution-of.ts';

test('entropy in nats, and no probability for what cannot come', () => {
  assertNear(entropyOf(distributionOf([0.25, 0.25, 0.25, 0.25])), Math.log(4), 1e-12);
  assert.equal(entropyOf(distributionOf([1])), 0);
  assert.equal(probabilityOf(distributionOf([0.5, 0.5]), 7), 0);
});
