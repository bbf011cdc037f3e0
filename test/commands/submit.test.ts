import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { WriteStream } from 'node:tty';
import { compute } from '../../pipeline/commands/compute.ts';
import { type SubmitOptions, submit } from '../../pipeline/commands/submit.ts';
import { smallRoot } from '../small-study.ts';
import { tempDir } from '../temp.ts';

async function submitIn(
  root: string,
  options: SubmitOptions,
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  let printed = '';
  const output = { isTTY: false, write: (text: string) => (printed += text) };
  const context = { root, env, output: output as unknown as WriteStream };
  assert.equal(await submit('miniature', options, context), 0);
  return printed;
}

test('a study’s jobs: an array and a gather a wave, each after the one before', async (t) => {
  const root = smallRoot(tempDir(t), 5);
  const printed = await submitIn(root, {
    shards: 8,
    dryRun: true,
    partition: 'gpu',
    time: '4:00:00',
    mem: '64G',
    gpus: 'a100:1',
    memory: 8,
  });
  const flags = '--parsable --kill-on-invalid-dep=yes';
  const lines = printed.split('\n').filter((line) => line.startsWith('sbatch'));
  assert.deepEqual(lines.slice(0, 4), [
    `sbatch ${flags} data/shards/miniature/shards-1.sh`,
    `sbatch ${flags} --dependency=afterany:$shards-1 data/shards/miniature/gather-1.sh`,
    `sbatch ${flags} --dependency=afterok:$gather-1 data/shards/miniature/shards-2.sh`,
    `sbatch ${flags} --dependency=afterany:$shards-2 data/shards/miniature/gather-2.sh`,
  ]);
  assert.equal(lines.length, 10);
  const script = readFileSync(join(root, 'data/shards/miniature/shards-3.sh'), 'utf8');
  for (const line of [
    '#SBATCH --array=1,2,3,4,5,6,7,8',
    '#SBATCH --partition=gpu',
    '#SBATCH --time=4:00:00',
    '#SBATCH --mem=64G',
    '#SBATCH --gpus=a100:1',
    '#SBATCH --requeue',
  ])
    assert.ok(script.includes(`\n${line}\n`), line);
  assert.match(
    script,
    /compute\.ts 'miniature' --shards 8 --memory '8' --shard "\$SLURM_ARRAY_TASK_ID" --only .*'8-ablate'/,
  );
});

test('shards that are there are not submitted again', async (t) => {
  const root = smallRoot(tempDir(t), 5);
  const output = { isTTY: false, write: () => true } as unknown as WriteStream;
  const options = { shards: 3, shard: 2, only: ['generate'] };
  assert.equal(await compute('miniature', options, { root, env: {}, output }), 0);
  await submitIn(root, { shards: 3, dryRun: true });
  const script = readFileSync(join(root, 'data/shards/miniature/shards-1.sh'), 'utf8');
  assert.match(script, /^#SBATCH --array=1,3$/m);
});

test('a value that would be more than one flag, and a machine without Slurm, are refused in one line', async (t) => {
  const root = smallRoot(tempDir(t), 5);
  await assert.rejects(submitIn(root, { shards: 2, partition: 'a\n#SBATCH --wrap=x' }), {
    message: '--partition "a\\n#SBATCH --wrap=x": give what sbatch takes, without blanks',
  });
  await assert.rejects(
    submitIn(root, { shards: 2 }, { PATH: '/nowhere' }),
    /^Error: sbatch: not on this machine: submit from a node/,
  );
});
