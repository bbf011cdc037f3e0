import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gatherScript } from '../../pipeline/commands/job-scripts.ts';
import { tempDir } from '../temp.ts';

/** How a process ends that a job starts, at its first start, its second, and so on; the last is repeated. */
const ENDS = {
  'killed twice': { ends: ['kill -9 $$', 'kill -9 $$', 'exit 0'], starts: 3, status: 0 },
  'killed whenever it starts': { ends: ['kill -9 $$'], starts: 4, status: 137 },
  failed: { ends: ['exit 3', 'exit 0'], starts: 1, status: 3 },
  'ended by Slurm': { ends: ['kill -15 $$', 'exit 0'], starts: 1, status: 143 },
};

for (const [name, { ends, starts, status }] of Object.entries(ENDS))
  test(`a job whose process is ${name} starts it ${starts} times`, (t) => {
    const root = tempDir(t);
    const node = join(root, 'node');
    const cases = ends.map((end, i) => `${i === ends.length - 1 ? '*' : i}) ${end} ;;`);
    const count = 'n=$(cat n 2>/dev/null || echo 0); echo $((n + 1)) > n';
    writeFileSync(node, `#!/bin/sh\n${count}\ncase $n in\n${cases.join('\n')}\nesac\n`);
    chmodSync(node, 0o755);
    const script = gatherScript(
      { study: 'miniature', shards: 2, root, node, logs: 'logs', resources: {}, options: {} },
      3,
      undefined,
    );
    const job = spawnSync('sh', ['-s'], {
      input: script,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, SLURM_JOB_ID: '12', SLURM_RESTART_COUNT: '1' },
    });
    assert.equal(job.status, status, job.stderr);
    assert.equal(readFileSync(join(root, 'n'), 'utf8'), `${starts}\n`);
    assert.deepEqual(
      [...job.stdout.matchAll(/ job 12, start (\d+)$/gm)].map(([, start]) => Number(start)),
      Array.from({ length: starts }, (_, i) => i + 1),
    );
  });
