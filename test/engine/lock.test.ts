import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { takeLock, takeWriteLock } from '../../pipeline/engine/lock.ts';
import { thisProcess } from '../../pipeline/engine/process-id.ts';
import { tempDir } from '../temp.ts';

const MODULE = new URL('../../pipeline/engine/lock.ts', import.meta.url).href;

/** A process that takes the lock of a target, says so, and holds it until its input ends. */
async function holder(t: TestContext, target: string, command = 'compute') {
  const script = `
    import { takeLock } from ${JSON.stringify(MODULE)};
    using lock = takeLock(${JSON.stringify(target)}, { command: ${JSON.stringify(command)} });
    console.log('held');
    for await (const _ of process.stdin);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

/** A lock as an earlier process would have left it, were it this one but for what is given. */
function leave(target: string, changes: Partial<ReturnType<typeof thisProcess>>): void {
  const process = { ...thisProcess(), ...changes };
  writeFileSync(`${target}.lock`, JSON.stringify({ command: 'compute', process }));
}

test('what another process is writing is refused, by its number and the folder’s name', async (t) => {
  const target = join(tempDir(t), 'deep/results');
  const child = await holder(t, target);
  const take = () => takeLock(target, { command: 'compute', shown: 'data/results/x' });
  assert.throws(take, {
    message: `another compute (PID ${child.pid}) is writing data/results/x: wait until it ends, or stop it`,
  });
  child.stdin.end();
  await once(child, 'exit');
  take()[Symbol.dispose]();
  assert.deepEqual(readdirSync(join(target, '..')), []);
});

test('a lock whose process was killed is taken over', async (t) => {
  const target = join(tempDir(t), 'results');
  const child = await holder(t, target);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.ok(existsSync(`${target}.lock`));
  using _ = takeLock(target, { command: 'compute' });
  assert.equal(JSON.parse(readFileSync(`${target}.lock`, 'utf8')).process.pid, process.pid);
});

test('a lock is given back by a process that exits, too', (t) => {
  const target = join(tempDir(t), 'results');
  const script = `
    import { takeLock } from ${JSON.stringify(MODULE)};
    takeLock(${JSON.stringify(target)}, { command: 'compute' });
    process.exit(7);`;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script]);
  assert.equal(status, 7);
  assert.equal(existsSync(`${target}.lock`), false);
});

const STALE: [string, Partial<ReturnType<typeof thisProcess>>][] = [
  ['of an earlier boot', { boot: 'another' }],
  ['of another program with its number', { started: 'another' }],
  ['of no process', { pid: 2 ** 22 + 1 }],
];
for (const [what, changes] of STALE)
  test(`a lock ${what} is taken over`, (t) => {
    const target = join(tempDir(t), 'results');
    leave(target, changes);
    using _ = takeLock(target, { command: 'compute' });
    assert.deepEqual(JSON.parse(readFileSync(`${target}.lock`, 'utf8')).process, thisProcess());
  });

test('a lock that is cut off is taken over', (t) => {
  const target = join(tempDir(t), 'results');
  for (const text of ['', '{"command": "com', 'null']) {
    writeFileSync(`${target}.lock`, text);
    takeLock(target, { command: 'compute' })[Symbol.dispose]();
    assert.equal(existsSync(`${target}.lock`), false);
  }
});

test('a lock of another machine or container is not taken over, and named', (t) => {
  const target = join(tempDir(t), 'results');
  for (const changes of [{ host: 'elsewhere', boot: 'another' }, { numbering: 'pid:[1]' }]) {
    leave(target, changes);
    const host = { ...thisProcess(), ...changes }.host;
    assert.throws(() => takeLock(target, { command: 'train' }), {
      message: `another compute (PID ${process.pid} on ${host}) is writing ${target}: wait until it ends; if it has ended, delete ${target}.lock`,
    });
  }
});

test('of many processes that find a stale lock, one takes it', async (t) => {
  const target = join(tempDir(t), 'results');
  const go = join(tempDir(t), 'go');
  const script = `
    import { existsSync } from 'node:fs';
    import { takeLock } from ${JSON.stringify(MODULE)};
    console.log('ready');
    while (!existsSync(${JSON.stringify(go)}));
    try {
      takeLock(${JSON.stringify(target)}, { command: 'compute' });
      console.log('held');
    } catch (error) {
      console.log(error.message);
    }
    for await (const _ of process.stdin);`;
  const children = Array.from({ length: 6 }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    t.after(() => child.kill('SIGKILL'));
    return { child, lines: child.stdout.setEncoding('utf8').iterator() };
  });
  const next = () => Promise.all(children.map(async ({ lines }) => (await lines.next()).value));
  assert.deepEqual(new Set(await next()), new Set(['ready\n']));
  leave(target, { pid: 2 ** 22 + 1 });
  writeFileSync(go, '');
  const said = (await next()).toSorted();
  assert.equal(said.filter((line) => line === 'held\n').length, 1);
  for (const line of said.slice(0, -1))
    assert.match(line, /^another compute \(PID \d+\) is writing /);
});

test('a disk that cannot be written grants the lock, and says so where something must be written', (t) => {
  let dir = '';
  t.after(() => spawnSync('umount', ['-l', dir])); // before its folder is removed
  dir = join(tempDir(t), 'disk');
  mkdirSync(dir);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', dir]);
  if (mounted.status !== 0) return t.skip('this user may not mount a read-only disk');
  const target = join(dir, 'data/results/x');
  assert.equal(takeLock(target, { command: 'compute' }).fault, 'EROFS');
  assert.throws(() => takeWriteLock(target, { command: 'predict', shown: 'data/results/x' }), {
    message: 'cannot write data/results/x (EROFS): make it writable',
  });
});

test('the lock of a job of Slurm is taken over by the job that is started again, on any machine', (t) => {
  const target = join(tempDir(t), 'results');
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
  });
  const elsewhere = { host: 'elsewhere', boot: 'another' };
  const start = (job: string, restarts: string) => {
    Object.assign(process.env, { SLURM_JOB_ID: job, SLURM_RESTART_COUNT: restarts });
    return () => takeLock(target, { command: 'gather' });
  };
  leave(target, { ...elsewhere, job: { id: '12', restarts: 0 } });
  assert.throws(start('13', '1'), /another compute \(PID \d+ on elsewhere\)/);
  assert.throws(start('12', '0'), /another compute/);
  start('12', '1')()[Symbol.dispose]();
  assert.equal(existsSync(`${target}.lock`), false);
});
