import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { WriteStream } from 'node:tty';
import { type Progress, withProgress } from '../engine/progress.ts';
import { sha256 } from '../schema/manifest.ts';
import { hashInto } from './formats/hash-file.ts';

/** A file under the name that counts, wherever it lies. */
export interface NamedFile {
  readonly name: string;
  readonly path: string;
}

/** From here on, reading files through takes long enough to be shown. */
const LARGE = 2e8; // bytes

/** Names and contents of files as one SHA-256: any other byte gives another. */
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
