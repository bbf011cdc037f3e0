import { renameSync, writeFileSync } from 'node:fs';
import { discard, writeFault } from './write-fault.ts';

/**
 * Write a text file, to a temporary name that is then renamed: a reader sees the old text or the new one, whole.
 * @throws `data/x.json: cannot be written: …`; the temporary file is removed
 */
export function writeText(path: string, text: string): void {
  const partial = `${path}.tmp`;
  try {
    writeFileSync(partial, text);
    renameSync(partial, path);
  } catch (error) {
    discard(partial);
    throw writeFault(path, error);
  }
}
