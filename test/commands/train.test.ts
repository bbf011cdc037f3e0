import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite, test } from 'node:test';

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
