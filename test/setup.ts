import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { globalSetup as shareCompiled } from './compile-cache.ts';
import { PREPARATION } from './preparation.ts';

/**
 * The miniature's results and its site, which several tests read, are made once, beside the tests that need neither:
 * in a process of its own, for which the others wait.
 */
export function globalSetup(): void {
  shareCompiled();
  const child = spawn(process.execPath, [join(import.meta.dirname, 'prepare.ts')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  process.env[PREPARATION] = String(child.pid);
  child.on('exit', (code) => {
    if (code !== 0) process.stderr.write('test/prepare.ts failed: see above\n');
  });
}
