import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { reading } from '../../schema/foreign-file.ts';

const CHUNK = 2 ** 23; // bytes

/**
 * Add a file's bytes to a hash. The file is read in chunks, so that a file of any size needs little memory.
 * @param onBytes called with the size of each chunk
 * @returns the file's size in bytes
 * @throws one line with the path, where it is no file that can be read
 */
export const hashInto = (
  hash: Hash,
  path: string,
  onBytes: (count: number) => void = () => {},
): number => reading({ path, remedy: 'name another' }, () => addBytes(hash, path, onBytes));

function addBytes(hash: Hash, path: string, onBytes: (count: number) => void): number {
  const chunk = new Uint8Array(CHUNK);
  const handle = openSync(path, 'r');
  try {
    for (let size = 0; ; ) {
      const count = readSync(handle, chunk, 0, CHUNK, null);
      if (count === 0) return size;
      hash.update(chunk.subarray(0, count));
      size += count;
      onBytes(count);
    }
  } finally {
    closeSync(handle);
  }
}

/** SHA-256 of a file, as 64 hex digits. */
export function sha256OfFile(path: string): string {
  const hash = createHash('sha256');
  hashInto(hash, path);
  return hash.digest('hex');
}
