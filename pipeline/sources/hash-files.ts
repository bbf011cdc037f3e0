import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { WriteStream } from 'node:tty';
import { type Progress, withProgress } from '../engine/progress.ts';
import { sha256 } from '../schema/sha256.ts';
import { hashInto } from './formats/hash-file.ts';

/** A file, and the name under which it is hashed. */
export interface NamedFile {
  /** Does not depend on the folder that contains the file. */
  readonly name: string;
  readonly path: string;
}

/** Progress is shown for files that are larger in total. */
const LARGE = 2e8; // bytes

/** One SHA-256 of the names and contents of files. @param label shown with the progress */
export async function hashFiles(
  files: readonly NamedFile[],
  label: string,
  output: WriteStream,
): Promise<string> {
  const total = files.reduce((bytes, { path }) => bytes + statSync(path).size, 0);
  const lines = (progress: Progress) => {
    let done = 0;
    return files.map(({ name, path }) => {
      const hash = createHash('sha256');
      hashInto(hash, path, (count) => {
        done += count;
        progress(done, total, 'bytes');
      });
      return `${name} ${hash.digest('hex')}`;
    });
  };
  const hashes =
    total < LARGE
      ? lines(() => {})
      : await withProgress(`hashing ${label}`, output, async (progress) => lines(progress));
  return sha256(hashes.join('\n'));
}
