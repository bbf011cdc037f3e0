import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { readManifest, verify } from '../../pipeline/schema/manifest.ts';
import { leftovers, tableHashes } from '../kill/kill-compute.ts';
import { parentOf, running, until } from './programs.ts';
import { STAGES, shardProject } from './shard-study.ts';
import { noSlurm, startSlurm } from './slurm.ts';

const SHARDS = 3;
const argsOf = (command: string, ...args: readonly (string | number)[]): string[] => [
  `pipeline/commands/${command}.ts`,
  'miniature',
  ...args.map(String),
  '--only',
  ...STAGES,
];

function run(root: string, ...args: Parameters<typeof argsOf>) {
  const { status, stdout, stderr } = spawnSync(process.execPath, argsOf(...args), {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function begin(root: string, ...args: Parameters<typeof argsOf>) {
  const child = spawn(process.execPath, argsOf(...args), {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  return { child, ended: once(child, 'close').then(([status]) => ({ status, stderr })) };
}

const compute = (root: string, shard: number) =>
  run(root, 'compute', '--shards', SHARDS, '--shard', shard);

suite('the tables of a study that is computed by shards have the bytes of one that is not', () => {
  let wanted: Record<string, string>;

  before(() => {
    const root = shardProject({ after });
    const { status, stderr } = run(root, 'compute');
    assert.equal(status, 0, stderr);
    wanted = tableHashes(root);
  });

  const checkTables = (root: string): void => {
    assert.deepEqual(tableHashes(root), wanted);
    assert.deepEqual(leftovers(root), []);
    const results = join(root, 'data/results/miniature');
    assert.deepEqual(verify(results, readManifest(results)!), []);
    assert.deepEqual(globSync('data/shards/miniature/*/*/*', { cwd: root }), []);
  };

  test('in a loop; a killed shard is run again alone; two gathers at once', async (t) => {
    const root = realpathSync(shardProject(t));
    const gathered: string[] = [];
    for (let wave = 1; gathered.at(-1)?.includes('next: ') !== false; wave++) {
      const first = compute(root, 1);
      assert.equal(first.status, 0, first.stderr);
      if (wave === 2) {
        const { child, ended } = begin(root, 'compute', '--shards', SHARDS, '--shard', 2);
        const kept = () =>
          globSync(`data/shards/*/6-*/*/2-of-${SHARDS}/*.index.json`, { cwd: root });
        const [part] = await until('a kept part', () => kept().length > 0 && kept());
        child.kill('SIGKILL');
        await ended;
        const before = readFileSync(join(root, part!));
        assert.equal(compute(root, 3).status, 0);
        const early = run(root, 'gather', '--wait', 0);
        assert.equal(early.status, 1);
        assert.match(
          early.stderr,
          /^error: 6-attribute: shard 2 of 3 is missing: run it again: "npm run compute -- miniature --shards 3 --shard 2"\n$/,
        );
        assert.equal(compute(root, 2).status, 0);
        assert.deepEqual(readFileSync(join(root, part!)), before); // it went on after what it had
        const one = begin(root, 'gather', '--wait', 0);
        await until('a gather', () => globSync('data/results/*.lock', { cwd: root }).length > 0);
        const other = run(root, 'gather', '--wait', 0);
        assert.equal(other.status, 1);
        assert.match(
          other.stderr,
          /^error: another gather \(PID \d+\) is writing data\/results\/miniature: .*\n$/,
        );
        assert.deepEqual(await one.ended, { status: 0, stderr: '' });
        gathered.push('next: ');
        continue;
      }
      for (const shard of [2, 3]) assert.equal(compute(root, shard).status, 0);
      const { status, stdout, stderr } = run(root, 'gather', '--wait', 0);
      assert.equal(status, 0, stderr);
      gathered.push(stdout);
    }
    assert.ok(gathered.length >= 3);
    checkTables(root);
  });

  test('by Slurm, with a shard, a node and a gather killed', { skip: noSlurm }, async (t) => {
    const slurm = await startSlurm(t);
    const root = realpathSync(shardProject(t));
    const timer = setInterval(slurm.hurry, 3000);
    t.after(() => clearInterval(timer));
    const submitted = spawnSync(
      process.execPath,
      argsOf('submit', '--shards', SHARDS, '--partition', 'main', '--time', 30),
      { cwd: root, encoding: 'utf8', env: slurm.env },
    );
    assert.equal(submitted.status, 0, submitted.stderr);
    const logOf = (name: string): string =>
      readFileSync(join(root, `data/shards/miniature/logs/${name}.log`), 'utf8');
    const shardOn = (wave: string, number?: number) =>
      running(root, 'compute').find(
        ({ args }) =>
          args.includes(wave) && (!number || args[args.indexOf('--shard') + 1] === String(number)),
      );

    const shard = await until('shard 2 of the second wave', () => shardOn('6-attribute', 2));
    process.kill(shard.pid, 'SIGKILL');

    // The node's daemon and that of its job are gone, and what they started goes on, unknown to Slurm.
    const nodeOf = ({ pid }: { readonly pid: number }) =>
      /SLURMD_NODENAME=(\w+)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))![1]!;
    const lost = await until('a shard of the third wave', () => shardOn('8-ablate'));
    slurm.killNode(nodeOf(lost));
    process.kill(parentOf(parentOf(lost.pid)), 'SIGKILL');
    const number = lost.args[lost.args.indexOf('--shard') + 1];

    const gather = await until('the third gather', () => {
      const [found] = running(root, 'gather');
      return (
        /start/.test(
          globSync(join(root, 'data/shards/miniature/logs/gather-3.log'))
            .map((path) => readFileSync(path, 'utf8'))
            .join(),
        ) && found
      );
    });
    await until('its lock', () => globSync('data/results/*.lock', { cwd: root }).length > 0);
    process.kill(gather.pid, 'SIGKILL');

    await until('an empty queue', () => {
      const { status, stdout } = slurm.run('squeue', '-h');
      return status === 0 && stdout.trim() === '';
    });
    assert.match(
      logOf('shards-2-2'),
      /start 0[\s\S]*ended by signal 9: started again\n[\s\S]*start 1/,
    );
    assert.match(logOf(`shards-3-${number}`), /start 0[\s\S]*start 1/);
    assert.match(
      logOf('gather-3'),
      /start 0[\s\S]*ended by signal 9: started again\n[\s\S]*start 1/,
      slurm.controllerLog(),
    );
    checkTables(root);
  });
});
