import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { smallRoot } from '../small-study.ts';
import { tempDir } from '../temp.ts';
import { computeUntil, leftovers, tableHashes } from './kill-compute.ts';

/** Stages that take seconds; `test/kill/run.ts` kills all of them, at more instants and at every rename. */
const STAGES = ['1-generate', '2-explore'];

/** Milliseconds: while modules load, and while stages run. */
const INSTANTS = [1500, 2300];

/** Of the three tables of the first stage and its manifest, and of what a run that follows renames. */
const RENAMES = [
  { rename: 1, side: 'before' },
  { rename: 3, side: 'after' },
  { rename: 4, side: 'after' },
] as const;

suite('a compute that is killed goes on, and its tables are those of one that was left alone', () => {
  const ends: (() => void)[] = [];
  const scope = { after: (end: () => void) => void ends.push(end) };
  after(() => {
    for (const end of ends) end();
  });
  let empty: string;
  let wanted: Record<string, string>;

  const copyOfEmpty = (): string => {
    const root = join(tempDir(scope), 'root');
    cpSync(empty, root, { recursive: true });
    return root;
  };

  before(async () => {
    empty = smallRoot(tempDir(scope), 5);
    const whole = copyOfEmpty();
    assert.equal(await computeUntil(whole, STAGES), false);
    wanted = tableHashes(whole);
    assert.equal(Object.keys(wanted).length, 5);
  });

  test('killed again and again', async () => {
    const root = copyOfEmpty();
    let kills = 0;
    for (const instant of INSTANTS)
      if (await computeUntil(root, STAGES, { after: instant })) kills += 1;
    assert.ok(kills > 0);
    await computeUntil(root, STAGES);
    assert.deepEqual(tableHashes(root), wanted);
    assert.deepEqual(leftovers(root), []);
  });

  test('killed at one rename after the other', async () => {
    const root = copyOfEmpty();
    for (const death of RENAMES) assert.equal(await computeUntil(root, STAGES, death), true);
    await computeUntil(root, STAGES);
    assert.deepEqual(tableHashes(root), wanted);
    assert.deepEqual(leftovers(root), []);
  });
});
