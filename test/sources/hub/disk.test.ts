import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { takeLock } from '../../../pipeline/engine/lock.ts';
import { modelFolder } from '../../../pipeline/sources/model-folder.ts';
import { tempDir } from '../../temp.ts';
import { hasStrace } from '../../watch.ts';
import { modelChoice, type Served, SHARDS, serveGemma } from './gemma.ts';
import { type Asked, sha256 } from './server.ts';

const SOURCES = join(import.meta.dirname, '../../../pipeline/sources');

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

/** Fetch the model in a process of its own, on a disk without symbolic links, and also without hard ones. */
function fetchWithoutLinks(served: Served, calls: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const script = `
    import { openHub } from ${JSON.stringify(join(SOURCES, 'hub/hub.ts'))};
    import { modelFolder } from ${JSON.stringify(join(SOURCES, 'model-folder.ts'))};
    const options = { root: '/', hub: openHub(process.env), output: process.stdout };
    try {
      const { dir } = await modelFolder(${JSON.stringify(modelChoice)}, options);
      console.log('dir ' + dir);
    } catch (error) {
      console.log('error ' + error.message);
    }`;
  const strace = ['-f', '--seccomp-bpf', '-o', '/dev/null', `--trace=${calls.join(',')}`];
  const node = [process.execPath, '--input-type=module', '--eval', script];
  const args = [...strace, `--inject=${calls.join(',')}:error=EPERM`, ...node];
  return spawn('strace', args, { env: { ...process.env, ...served.env, ...env } });
}

async function textOf(child: ReturnType<typeof fetchWithoutLinks>): Promise<string> {
  let text = '';
  child.stdout.on('data', (data) => (text += data));
  await once(child, 'close');
  return text;
}

suite('a disk without links', { skip: !hasStrace() && 'no strace, which makes links fail' }, () => {
  const SYMBOLIC = ['symlink', 'symlinkat'];
  for (const [what, calls] of [
    ['symbolic ones', SYMBOLIC],
    ['any', [...SYMBOLIC, 'link', 'linkat']],
  ] as const)
    test(`without ${what}: the snapshot has the files themselves, and they are read again`, async (t) => {
      const served = await serveGemma(t);
      // Two files with the same bytes, which are one blob.
      writeFileSync(join(served.model, 'special_tokens_map.json'), '{}');
      const said = await textOf(fetchWithoutLinks(served, calls));
      const dir = /^dir (.*)$/m.exec(said)?.[1];
      assert.ok(dir, said);
      for (const file of [...SHARDS, 'special_tokens_map.json', 'generation_config.json']) {
        assert.ok(lstatSync(join(dir, file)).isFile(), file);
        assert.deepEqual(readFileSync(join(dir, file)), readFileSync(join(served.model, file)));
      }
      served.asked.length = 0;
      assert.match(
        await textOf(fetchWithoutLinks(served, calls, { HF_HUB_OFFLINE: '1' })),
        /^dir /m,
      );
      assert.match(await textOf(fetchWithoutLinks(served, calls)), /^dir /m);
      assert.deepEqual(served.asked, []);
    });
});

test('a file that another process downloads is not downloaded beside it', async (t) => {
  const served = await serveGemma(t);
  const name = sha256(readFileSync(join(served.model, SHARDS[0]!)));
  const blob = join(served.cache, 'models--google--gemma-2-2b-it/blobs', name);
  using _ = takeLock(blob, { command: 'download' });
  await assert.rejects(fetchModel(served), {
    message: `another download (PID ${process.pid}) is writing google/gemma-2-2b-it/${SHARDS[0]}: wait until it ends, or stop it`,
  });
});

test('a read-only cache is named', async (t) => {
  const disk = smallDisk(t, 8e6);
  if (disk === null) return t.skip(CANNOT);
  assert.equal(spawnSync('mount', ['-o', 'remount,ro', disk]).status, 0);
  const served = await serveGemma(t, {}, { HF_HOME: disk });
  await assert.rejects(fetchModel(served), /^Error: cannot write to the cache .* \(EROFS\): /);
});
