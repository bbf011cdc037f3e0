import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { modelFolder } from '../../../pipeline/sources/model-folder.ts';
import { tempDir } from '../../temp.ts';
import { modelChoice, type Served, SHARDS, serveGemma } from './gemma.ts';
import { type Asked, sha256 } from './server.ts';

const fetchModel = ({ hub, output }: Served) =>
  modelFolder(modelChoice, { root: '/', hub, output });

/** A disk of its own, of so many bytes; null where this user may mount none. */
function smallDisk(t: TestContext, bytes: number): string | null {
  let dir = '';
  t.after(() => spawnSync('umount', ['-l', dir]));
  dir = join(tempDir(t), 'disk');
  mkdirSync(dir);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', dir]);
  return mounted.status === 0 ? dir : null;
}

/** Files under names that a later run would take as whole, but that are not. */
function halves(served: Served): string[] {
  const found = globSync('models--*/blobs/*', { cwd: served.cache });
  return found.filter((path) => {
    const name = path.split('/').at(-1)!;
    const data = readFileSync(join(served.cache, path));
    return name.length === 64 && sha256(data) !== name;
  });
}

const CANNOT = 'this user may not mount a small disk';

test('a disk that is too small is refused before anything is fetched', async (t) => {
  const disk = smallDisk(t, 2e6);
  if (disk === null) return t.skip(CANNOT);
  const served = await serveGemma(t, {}, { HF_HOME: disk });
  await assert.rejects(
    fetchModel(served),
    /^Error: disk full: google\/gemma-2-2b-it needs 0\.003 GB in .*\/disk\/hub, where 0\.00\d GB are free: make room, or set HF_HOME to a folder of another disk$/,
  );
  assert.deepEqual(globSync('hub/models--*/blobs/*.incomplete', { cwd: disk }), []);
});

test('a disk that fills during a download: said in one line, and gone on from when there is room', async (t) => {
  const disk = smallDisk(t, 8e6);
  if (disk === null) return t.skip(CANNOT);
  const filler = join(disk, 'filler');
  let full = true;
  const fault = ({ host }: Asked) => {
    if (full && host === 'cdn' && !existsSync(filler)) fillUp(filler);
    return undefined;
  };
  const served = await serveGemma(t, { fault }, { HF_HOME: disk });
  await assert.rejects(
    fetchModel(served),
    /^Error: disk full: google\/gemma-2-2b-it did not fit into .*\/disk\/hub \(ENOSPC\): make room, or set HF_HOME .*; what came is kept, and gone on from$/,
  );
  assert.deepEqual(halves(served), []);
  full = false;
  writeFileSync(filler, '');
  const { dir } = await fetchModel(served);
  for (const file of SHARDS)
    assert.deepEqual(readFileSync(join(dir, file)), readFileSync(join(served.model, file)));
});

/** Take all that is left, down to the last page. */
function fillUp(path: string): void {
  const { status } = spawnSync('dd', ['if=/dev/zero', `of=${path}`, 'bs=4096']);
  assert.equal(status, 1); // no space left
}

test('a cache that cannot be written is named, before anything is fetched', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'file'), '');
  const served = await serveGemma(t, {}, { HF_HOME: join(dir, 'file') });
  await assert.rejects(fetchModel(served), {
    message: `cannot write to the cache ${join(dir, 'file/hub')} (ENOTDIR): make it writable, or set HF_HOME to another folder`,
  });
  assert.ok(served.asked.every(({ path }) => path.includes('/tree/')));
});

test('a read-only cache is named', async (t) => {
  const disk = smallDisk(t, 8e6);
  if (disk === null) return t.skip(CANNOT);
  assert.equal(spawnSync('mount', ['-o', 'remount,ro', disk]).status, 0);
  const served = await serveGemma(t, {}, { HF_HOME: disk });
  await assert.rejects(fetchModel(served), /^Error: cannot write to the cache .* \(EROFS\): /);
});
