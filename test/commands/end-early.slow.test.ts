import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { readManifest, verify } from '../../pipeline/schema/manifest.ts';
import { smallProject, writerOf } from '../small-project.ts';

const NODE = process.execPath;
const COMPUTE = ['pipeline/commands/compute.ts', 'miniature', '--force', '--only', 'entropy'];
const env = { ...process.env, PATH: `${join(NODE, '..')}:${process.env.PATH}` };

suite('a run that is ended early leaves the tables whole, no lock and no stack trace', () => {
  const root = smallProject({ after });
  const generated = spawnSync(NODE, [COMPUTE[0]!, 'miniature', '--only', 'generate'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(generated.status, 0, generated.stderr);

  const checkWhole = (stderr: string): void => {
    assert.doesNotMatch(stderr, /^ +at /m);
    const dir = join(root, 'data/results/miniature');
    assert.deepEqual(verify(dir, readManifest(dir)!), []);
    assert.deepEqual(globSync('data/results/*.lock', { cwd: root }), []);
  };

  /** A run that has begun a stage, and what it has said. */
  async function begun(t: TestContext, command: string, args: readonly string[]) {
    const child = spawn(command, args, { cwd: root, env, detached: true });
    const said = { stdout: '', stderr: '' };
    t.after(() => child.exitCode ?? child.signalCode ?? process.kill(-child.pid!, 'SIGKILL'));
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].on('data', (data) => (said[stream] += data));
    while (!/3-entropy/.test(said.stdout)) await setTimeout(20);
    return { child, said };
  }

  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    test(`${signal}: status ${status}`, async (t) => {
      const { child, said } = await begun(t, NODE, COMPUTE);
      child.kill(signal);
      assert.deepEqual(await once(child, 'close'), [status, null]);
      assert.equal(said.stderr, '');
      checkWhole(said.stderr);
    });

  test('a reader of the output that goes away, such as head: silence, and the status of SIGPIPE', () => {
    const script = `"$@" | head -n 1; echo "status \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', NODE, ...COMPUTE], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.match(stdout, /^study: miniature .*\nstatus 141\n$/);
    assert.equal(stderr, '');
    checkWhole(stderr);
  });

  test('a full disk under the output is said', { skip: !existsSync('/dev/full') }, () => {
    const { status, stderr } = spawnSync(
      'bash',
      ['-c', '"$@" > /dev/full', 'bash', NODE, ...COMPUTE],
      {
        cwd: root,
        encoding: 'utf8',
      },
    );
    assert.equal(
      stderr,
      'error: cannot write the output (ENOSPC): make room, or name another file\n',
    );
    assert.equal(status, 1);
    checkWhole(stderr);
  });

  test('Ctrl-C on a progress bar: the cursor is shown again, and lines are wrapped', async (t) => {
    if (spawnSync('script', ['--version']).status !== 0)
      return t.skip('no program "script", which brings a terminal');
    const line = [NODE, ...COMPUTE].join(' ');
    const { child, said } = await begun(t, 'script', ['-qfec', line, '/dev/null']);
    while (!said.stdout.includes('\u001b[?25l')) await setTimeout(20);
    process.kill(writerOf(root)!, 'SIGINT');
    const [status] = await once(child, 'close');
    assert.equal(status, 130);
    for (const [off, on] of [
      ['\u001b[?25l', '\u001b[?25h'],
      ['\u001b[?7l', '\u001b[?7h'],
    ] as const)
      assert.ok(said.stdout.lastIndexOf(on) > said.stdout.lastIndexOf(off));
    checkWhole(said.stdout);
  });

  suite('through npm', () => {
    const npm = ['run', 'compute', '--', ...COMPUTE.slice(1)];
    const skip = spawnSync('npm', ['--version'], { env }).status !== 0 && 'no npm';
    const ended = async (pid: number): Promise<void> => {
      while (isThere(pid)) await setTimeout(50);
    };

    test('SIGTERM to npm alone ends the run within seconds', { skip }, async (t) => {
      const { child, said } = await begun(t, 'npm', npm);
      const pid = writerOf(root)!;
      child.kill('SIGTERM');
      await ended(pid);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
      assert.notEqual(child.exitCode, 0);
      checkWhole(said.stderr);
    });

    test('Ctrl-C, which goes to npm and to what it started', { skip }, async (t) => {
      const { child, said } = await begun(t, 'npm', npm);
      const pid = writerOf(root)!;
      process.kill(-child.pid!, 'SIGINT');
      await once(child, 'close');
      await ended(pid);
      assert.equal(statusOf(child), 130);
      checkWhole(said.stderr);
    });
  });
});

/** As a shell says it. */
const statusOf = ({ exitCode, signalCode }: ChildProcess): number | null =>
  signalCode === 'SIGINT' ? 130 : exitCode;

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('two runs of one study at once: the second is refused at its start', async (t) => {
  const root = smallProject(t);
  const args = ['pipeline/commands/compute.ts', 'miniature', '--only', 'generate'];
  const first = spawn(NODE, args, { cwd: root });
  const closed = once(first, 'close');
  while (writerOf(root) === null) await setTimeout(5);
  const { status, stdout, stderr } = spawnSync(NODE, args, { cwd: root, encoding: 'utf8' });
  assert.equal(
    stderr,
    `error: another compute (PID ${first.pid}) is writing data/results/miniature: wait until it ends, or stop it\n`,
  );
  assert.match(stdout, /^study: miniature .*\n$/);
  assert.equal(status, 1);
  for (const flag of ['--dry-run', '--why']) {
    const told = spawnSync(NODE, [...args.slice(0, 2), flag], { cwd: root, encoding: 'utf8' });
    assert.equal(told.stderr, '');
    assert.equal(told.status, 0);
  }
  assert.deepEqual(await closed, [0, null]);
});
