import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { levelOf } from '../../site/lib/confidence-level.ts';
import { RELEASED } from '../../site/lib/queries/released.ts';

const ROOT = join(import.meta.dirname, '../..');

test('the intervals of the released data are said to have the level that they were published with', () => {
  const study = parse(readFileSync(join(ROOT, 'data/studies/original.yaml'), 'utf8'));
  assert.equal(RELEASED.confidence, study.bootstrap.confidence);
});

test('the level of an interval is said as it is', () => {
  assert.equal(levelOf(0.95), '95 %');
  assert.equal(levelOf(0.995), '99.5 %');
  assert.equal(levelOf(0.57), '57 %');
});
