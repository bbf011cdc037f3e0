import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { describeError } from '../../pipeline/commands/describe-error.ts';
import { smallProject } from '../small-project.ts';
import { tempDir } from '../temp.ts';

/** The line that says what an action throws. */
function lineOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return describeError(error);
  }
  return assert.fail('nothing was thrown');
}

suite('what the system says becomes one line with the file and a remedy', () => {
  test('a missing file', (t) => {
    const path = join(tempDir(t), 'x');
    assert.equal(
      lineOf(() => readFileSync(path)),
      `${path}: missing (ENOENT): restore it, or run again what writes it`,
    );
  });
  test('a rename of which both files count', (t) => {
    const dir = tempDir(t);
    const [from, to] = [join(dir, 'from'), join(dir, 'to')];
    assert.match(
      lineOf(() => renameSync(from, to)),
      new RegExp(`^${from} → ${to}: missing \\(ENOENT\\): `),
    );
  });
  test('a file where a folder is expected', (t) => {
    const path = join(tempDir(t), 'file');
    writeFileSync(path, '');
    assert.match(
      lineOf(() => mkdirSync(join(path, 'x'))),
      /: .* a file, .* \(ENOTDIR\): move it away$/,
    );
  });
  test('a folder where a file is expected', (t) => {
    const dir = tempDir(t);
    assert.match(
      lineOf(() => writeFileSync(dir, '')),
      /: a folder, .* \(EISDIR\): move it away$/,
    );
  });
  test('links in a circle', (t) => {
    const path = join(tempDir(t), 'link');
    symlinkSync('link', path);
    assert.match(
      lineOf(() => readFileSync(path)),
      /: its symbolic links .* \(ELOOP\): remove them$/,
    );
  });
  test('a disk that is full', { skip: process.platform !== 'linux' }, () => {
    assert.match(
      lineOf(() => writeFileSync('/dev/full', 'x')),
      /: the disk is full \(ENOSPC\): make room$/,
    );
  });
  test('an error of the project, as it is; several lines as one; what is no error', () => {
    assert.equal(describeError(new Error('unknown study: x')), 'unknown study: x');
    assert.equal(describeError(new Error('one\n  two\n')), 'one: two');
    assert.equal(describeError('text'), 'text');
  });
});

test('a project that cannot be written: one line, before a stage runs; what needs no writing is told', (t) => {
  let root = '';
  t.after(() => spawnSync('umount', ['-l', root])); // before its folder is removed
  root = smallProject(t);
  const compute = (...args: string[]) =>
    spawnSync(process.execPath, ['pipeline/commands/compute.ts', 'miniature', ...args], {
      cwd: root,
      encoding: 'utf8',
    });
  if (spawnSync('mount', ['--bind', '-o', 'ro', root, root]).status !== 0)
    return t.skip('this user may not mount');
  spawnSync('mount', ['-o', 'remount,bind,ro', root]);
  const { status, stdout, stderr } = compute('--only', 'generate');
  assert.equal(stderr, 'error: cannot write data/results/miniature (EROFS): make it writable\n');
  assert.doesNotMatch(stdout, /1-generate/);
  assert.equal(status, 1);
  assert.equal(compute('--why', 'generate').status, 0);
});
