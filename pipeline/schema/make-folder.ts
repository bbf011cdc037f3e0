import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { writing } from './write-fault.ts';

/**
 * Make a folder, and those that it lies in. Node's own `recursive` says of a read-only file system that something does not exist.
 * @throws `data/results/x: cannot be written: …`
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  writing(path, () => {
    try {
      mkdirSync(path);
    } catch (error) {
      // Another process may have made it.
      if (!existsSync(path)) throw error;
    }
  });
}
