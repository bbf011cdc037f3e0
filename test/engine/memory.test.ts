import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { computeFlags } from '../node-flags.ts';
import { tempDir } from '../temp.ts';

const PROGRAM = fileURLToPath(new URL('large-stage.ts', import.meta.url));

test('the memory of a stage does not grow with the rows that it writes in parts', (t) => {
  /** MB: the most that a process has which writes so many rows. */
  const peak = (rows: number): number => {
    const args = [...computeFlags(), PROGRAM, join(tempDir(t), 'results'), String(rows)];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return Number(stdout);
  };
  const [few, many] = [peak(40_000), peak(1_000_000)];
  assert.ok(many < 1.2 * few, `${many} MB for 25 times the rows, ${few} MB for one`);
});
