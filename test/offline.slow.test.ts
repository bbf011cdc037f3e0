import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { smallProject } from './small-project.ts';
import { tempDir } from './temp.ts';
import { hasStrace, socketsOf, strace, watch } from './watch.ts';

const ROOT = join(import.meta.dirname, '..');
const COMMANDS = join(ROOT, 'pipeline/commands');

/** Commands of the project: arguments, and what they print. A whole build is watched where the tests make one (built-site.ts). */
const QUIET: readonly (readonly [what: string, args: readonly string[], prints: RegExp])[] = [
  [
    'compute',
    ['pipeline/commands/compute.ts', 'miniature', '--only', 'generate', 'sae-quality'],
    /tables in data\/results\/miniature/,
  ],
  ['train', ['pipeline/commands/train.ts', 'model', '--steps', '1'], /^/],
  ['predict', ['pipeline/commands/predict.ts', 'miniature'], /has no pilot/],
  ['a build without pages', [join(COMMANDS, 'site.ts'), 'build'], /0 page\(s\) built/],
];

suite('no name is looked up, and nothing is written outside the project', () => {
  const root = smallProject({ after });
  for (const [what, args, prints] of QUIET)
    test(what, (t) => {
      const dir = tempDir(t);
      const { env, seen } = watch(dir);
      const trace = join(dir, 'trace');
      const traced = hasStrace();
      const line = [...(traced ? strace(trace) : []), process.execPath, ...args];
      const { stdout, stderr } = spawnSync(line[0]!, line.slice(1), {
        cwd: root,
        env,
        encoding: 'utf8',
      });
      assert.match(stdout + stderr, prints);
      assert.deepEqual(seen(), []);
      if (traced) assert.deepEqual(socketsOf(trace), []);
      else t.diagnostic('no strace here: what native code asks of the network was not watched');
    });
});

test('the report is served without a look-up, and SIGTERM ends that', async (t) => {
  const { env, seen } = watch(tempDir(t));
  const root = tempDir(t);
  mkdirSync(join(root, 'dist'));
  const args = [join(COMMANDS, 'site.ts'), 'preview', '--port', '0'];
  const child = spawn(process.execPath, args, { cwd: root, env });
  const closed = once(child, 'close');
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  while (!/localhost:/.test(said) && child.exitCode === null) await setTimeout(20);
  child.kill('SIGTERM');
  assert.deepEqual(await closed, [143, null], said);
  assert.deepEqual(seen(), []);
});

suite('what does so is seen', () => {
  const SEEN: readonly (readonly [what: string, script: string, seen: RegExp])[] = [
    [
      'a look-up',
      `import('node:dns').then((dns) => dns.lookup('name.invalid', () => {}))`,
      /^lookup n/,
    ],
    ['a request', `await fetch('http://name.invalid').catch(() => {})`, /^connect name\.invalid$/],
    ['a connection', `import('node:net').then((net) => net.connect(9, '192.0.2.1'))`, /^connect /],
    [
      'a file in the home',
      `import('node:fs').then((fs) => fs.writeFileSync(process.env.HOME + '/id', ''))`,
      /^home\/id$/,
    ],
    [
      'compiled code of another program',
      `import('node:module').then((module) => { module.enableCompileCache(); module.flushCompileCache() })`,
      /^temp\/node-compile-cache/,
    ],
  ];
  for (const [what, script, expected] of SEEN)
    test(what, (t) => {
      const { env, seen } = watch(tempDir(t));
      spawnSync(process.execPath, ['--input-type=module', '--eval', script], { env });
      assert.match(seen().join('\n'), new RegExp(expected, 'm'));
    });

  test('a socket of native code', { skip: !hasStrace() && 'no strace here' }, (t) => {
    const dir = tempDir(t);
    const trace = join(dir, 'trace');
    const script = `import('node:dgram').then(({ createSocket }) => createSocket('udp4').bind(() => process.exit()))`;
    const [command, ...args] = [...strace(trace), process.execPath, '--eval', script];
    spawnSync(command!, args);
    assert.equal(socketsOf(trace).length, 1);
  });
});
