import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findResults } from '../../site/lib/queries/results.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';
import { alone, writeRun } from './results-folders.ts';

test('studies of real models come before the miniature: those that are listed first, then by name', async (t) => {
  const root = tempDir(t);
  await writeFixture(root, 'a');
  const runs = ['c', 'b', 'gemma-3-270m', 'smollm2-135m-instruct', 'gemma-2-2b-it'];
  for (const name of runs) await writeRun(root, name);
  assert.deepEqual(
    findResults(alone(root)).map(({ manifest }) => manifest.study),
    ['gemma-2-2b-it', 'smollm2-135m-instruct', 'gemma-3-270m', 'b', 'c', 'a'],
  );
});
