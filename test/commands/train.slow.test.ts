import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { openSaeLens } from '../../pipeline/sae/releases/saelens/open.ts';
import { openSae } from '../miniature/saes.ts';
import { tempDir } from '../temp.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Run a command of the pipeline as a person does. */
const run = (command: string, args: readonly string[]) =>
  spawnSync(process.execPath, [join(ROOT, 'pipeline/commands', command), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });

suite('what cannot be trained or predicted is one line on stderr', () => {
  const REFUSED: [string, string[], RegExp][] = [
    ['train.ts', ['saes', 'nosuch'], /^error: unknown study: nosuch \(known: .*\)\n$/],
    [
      'train.ts',
      ['saes', 'original'],
      /^error: study original trains no SAEs: name one whose file has saes\.train\n$/,
    ],
    [
      'train.ts',
      ['saes', 'gemma-2-2b-it'],
      /^error: study gemma-2-2b-it trains no SAEs: name one whose file has saes\.train\n$/,
    ],
    [
      'train.ts',
      ['model', '--steps', 'abc'],
      /^error: --steps abc: give a whole number from 1 on\n$/,
    ],
    [
      'train.ts',
      ['saes', 'miniature', '--model', 'x'],
      /^error: --model is not for the SAEs of miniature: leave it out\n$/,
    ],
    [
      'train.ts',
      ['saes', 'smollm2-135m-instruct', '--steps', '3'],
      /^error: --steps is not for the SAEs of smollm2-135m-instruct: leave it out\n$/,
    ],
    [
      'train.ts',
      ['export', 'original'],
      /^error: study original has no SAEs: name one whose file has saes\n$/,
    ],
    [
      'train.ts',
      ['export', 'gemma-2-2b-it'],
      /^error: the SAEs of study gemma-2-2b-it are google\/gemma-scope-2b-pt, which SAELens reads itself: .*\n$/,
    ],
    [
      'rehearse.ts',
      ['--memory', 'x'],
      /^error: --memory x: give a number of GB, as in --memory 24\n$/,
    ],
    ['rehearse.ts', ['--provider', 'abacus'], /^error: unknown provider: abacus \(known: .*\)\n$/],
    ['explain.ts', ['nosuch'], /^error: unknown study: nosuch \(known: .*\)\n$/],
    ['predict.ts', ['nosuch'], /^error: unknown study: nosuch \(known: .*\)\n$/],
    ['predict.ts', ['miniature'], /^error: study miniature has no pilot: .*\n$/],
  ];
  for (const [command, args, message] of REFUSED)
    test([command, ...args].join(' '), () => {
      const { status, stderr } = run(command, args);
      assert.match(stderr, message);
      assert.equal(status, 1);
    });
});

test('the miniature’s SAEs are exported, each into a folder of SAELens’ format, and are the same there', async (t) => {
  const out = join(tempDir(t), 'exported');
  const { status, stderr, stdout } = run('train.ts', ['export', '--out', out]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /\n18 SAEs in .*exported\n$/);
  assert.equal(readdirSync(out).length, 18);
  for (const id of ['res_3', 'att_0', 'tc_5']) {
    const [written, own] = [await openSaeLens(join(out, id)), await openSae(id)];
    assert.deepEqual(await written.load(), await own.load());
  }
  assert.deepEqual(readdirSync(dirname(out)), ['exported']); // the lock is gone
});
