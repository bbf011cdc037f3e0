import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { folderAside } from '../../pipeline/schema/replace-folder.ts';
import { tempDir } from '../temp.ts';

function target(t: TestContext) {
  const dir = tempDir(t);
  const path = join(dir, 'dist');
  mkdirSync(path);
  writeFileSync(join(path, 'page'), 'old');
  const write = (folder: string) => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'page'), 'new');
  };
  return { dir, path, write, page: () => readFileSync(join(path, 'page'), 'utf8') };
}

/** The id of a process that has ended. */
const endedPid = (): number => spawnSync(process.execPath, ['--version']).pid;

test('the old folder stays until the new one is published, and no other is left', (t) => {
  const { dir, path, write, page } = target(t);
  const aside = folderAside(path);
  write(aside.partial);
  assert.equal(page(), 'old');
  aside.publish();
  assert.equal(page(), 'new');
  assert.deepEqual(readdirSync(dir), ['dist']);
});

test('a folder that is given up leaves the old one as it was', (t) => {
  const { dir, path, write, page } = target(t);
  const aside = folderAside(path);
  write(aside.partial);
  aside.discard();
  assert.equal(page(), 'old');
  assert.deepEqual(readdirSync(dir), ['dist']);
});

test('what killed processes left is removed; what another that runs is writing is not', (t) => {
  const { dir, path, write, page } = target(t);
  write(`${path}.partial-${endedPid()}`);
  write(`${path}.partial-${process.ppid}`);
  write(`${path}.partial-mine`);
  folderAside(path);
  assert.equal(page(), 'old');
  assert.deepEqual(
    readdirSync(dir).sort(),
    ['dist', `dist.partial-${process.ppid}`, 'dist.partial-mine'].sort(),
  );
});

test('a process that was killed between its two renames: the old folder is put back', (t) => {
  const { path, page } = target(t);
  renameSync(path, `${path}.old-${endedPid()}`);
  assert.equal(existsSync(path), false);
  folderAside(path);
  assert.equal(page(), 'old');
});
