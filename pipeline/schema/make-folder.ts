import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Create a folder and its parents. `mkdirSync` with `recursive` would report ENOENT, and the path of the innermost folder,
 * where a disk is read-only.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
