import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DATABASE, writeDatabase } from '../../pipeline/engine/database.ts';
import { finish, runStage } from '../../pipeline/engine/run.ts';
import { readManifest, verify } from '../../pipeline/schema/manifest.ts';
import { noMounts, readOnlyView, smallDisk } from '../small-disk.ts';
import { numbers, runToy, type ToyRun, toyStudy } from './toy-study.ts';

/** A toy study whose results lie on a disk of so many KiB, computed once. */
async function onDisk(t: TestContext, kibibytes: number) {
  const toy = toyStudy(t);
  const run: ToyRun = { ...toy.run, results: join(smallDisk(t, kibibytes), 'results') };
  assert.deepEqual(await runToy(run), []);
  return { ...toy, run };
}

/** Fill the disk that a folder is on, but for so many KiB. @returns the file that fills it */
function fill(dir: string, left: number): string {
  const path = join(dir, '..', 'filler');
  writeFileSync(path, '');
  try {
    for (;;) writeFileSync(path, Buffer.alloc(4096), { flag: 'a' });
  } catch (error) {
    assert.match(String(error), /ENOSPC/);
  }
  const bytes = statSync(path).size - left * 1024;
  writeFileSync(path, Buffer.alloc(bytes));
  return path;
}

const contents = (dir: string) =>
  Object.fromEntries(readdirSync(dir).map((file) => [file, readFileSync(join(dir, file), 'hex')]));

/** Numbers that no compression makes small. */
const noise = (n: number) =>
  Array.from({ length: n }, (_, i) => ({ n: Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 30) }));

for (const left of [0, 4, 8, 16, 40])
  test(`a disk with ${left} KiB left: earlier results stay, no file is left, the message names file and remedy`, {
    skip: noMounts,
  }, async (t) => {
    const { run, count } = await onDisk(t, 1024);
    const before = contents(run.results);
    fill(run.results, left);
    const large = {
      ...count,
      run: async ({ write }: Parameters<typeof count.run>[0]) => write(numbers, noise(20_000)),
    };
    await assert.rejects(
      runStage({ ...run, stages: [large] }, large, () => {}),
      /^Error: \S*\.count\.partial\S*: cannot be written: no space is left on the disk: free some, and run again$/,
    );
    assert.deepEqual(contents(run.results), before);
    assert.deepEqual(verify(run.results, readManifest(run.results)!), []);
  });

test('a disk on which the tables have room and the manifest has none: nothing is replaced', {
  skip: noMounts,
}, async (t) => {
  const { run, count } = await onDisk(t, 1024);
  const before = contents(run.results);
  const other = { ...run, settings: { ...run.settings, first: 13 } };
  let refused = 0;
  for (let left = 0; left <= 24; left += 4) {
    const filler = fill(run.results, left);
    const failed = await runStage(other, count, () => {}).catch((error: Error) => error);
    rmSync(filler);
    if (failed === undefined) break;
    refused += 1;
    assert.match(failed.message, /cannot be written: no space is left on the disk/);
    assert.deepEqual(contents(run.results), before);
  }
  assert.ok(refused > 1);
  assert.notDeepEqual(contents(run.results), before);
});

test('a database for which the disk has no room is no success, and the earlier one stays', {
  skip: noMounts,
}, async (t) => {
  const { run } = await onDisk(t, 2048);
  const path = join(run.results, DATABASE);
  const before = readFileSync(path);
  for (const left of [0, 8, 100, 200]) {
    const filler = fill(run.results, left);
    await assert.rejects(
      writeDatabase(run.results, [numbers]),
      /^Error: \S*study\.duckdb: cannot be written: no space is left on the disk/,
    );
    rmSync(filler);
    assert.deepEqual(readFileSync(path), before);
    assert.deepEqual(
      readdirSync(run.results).filter((file) => file.startsWith(`${DATABASE}.`)),
      [],
    );
  }
});

test('a file that is no database is written again, one that is as it should be is left alone', async (t) => {
  const { run } = toyStudy(t);
  await runToy(run);
  const path = join(run.results, DATABASE);
  const { ino } = statSync(path);
  await finish(run);
  assert.equal(statSync(path).ino, ino);
  for (const broken of ['', 'not a database']) {
    writeFileSync(path, broken);
    await finish(run);
    assert.ok(statSync(path).size > 10_000);
  }
  rmSync(path);
  await finish(run);
  assert.ok(statSync(path).size > 10_000);
});

test('results that are up to date end well in a folder that is read-only; a stage that must run says which file', {
  skip: noMounts,
}, async (t) => {
  const { run, count } = toyStudy(t);
  await runToy(run);
  const view = { ...run, results: readOnlyView(t, run.results) };
  assert.deepEqual(await finish(view), []);
  await assert.rejects(
    runStage(view, count, () => {}),
    /^Error: \S*\.count\.partial: cannot be written: the file system is read-only: make it writable$/,
  );
});

test('a limit on the size of files is an error in one line, and nothing is left', {
  skip: process.platform === 'win32' && 'no ulimit',
}, async (t) => {
  const { run } = toyStudy(t);
  await runToy(run);
  const before = contents(run.results);
  const program = fileURLToPath(new URL('large-stage.ts', import.meta.url));
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', `ulimit -f 64 && exec "${process.execPath}" "${program}" "${run.results}"`],
    { encoding: 'utf8' },
  );
  assert.equal(status, 1);
  assert.match(stderr, /^error: \S*: cannot be written: larger than a file may be here: .*\n$/);
  assert.deepEqual(contents(run.results), before);
});
