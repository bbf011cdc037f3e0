import { renameSync, writeFileSync } from 'node:fs';

/** Write a text file, to a temporary name that is then renamed: a reader sees the old text or the new one, whole. */
export function writeText(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
}
