import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Try the property tests many times more than in CI, with a new seed. The seed is printed first: with the same FUZZ_SEED
 * and FUZZ_RUNS, the same inputs are drawn again.
 */
const runs = process.env.FUZZ_RUNS ?? '10000';
const seed = process.env.FUZZ_SEED ?? String(Date.now() % 2 ** 31);
const root = join(import.meta.dirname, '../..');
const files = globSync(['test/fuzz/*.test.ts', 'test/**/*.property.test.ts'], { cwd: root }).sort();

console.log(`FUZZ_SEED=${seed} FUZZ_RUNS=${runs}`);
const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files],
  { cwd: root, stdio: 'inherit', env: { ...process.env, FUZZ_RUNS: runs, FUZZ_SEED: seed } },
);
process.exitCode = status ?? 1;
