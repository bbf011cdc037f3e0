import type { Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const PART = 2 ** 23;

/**
 * Add a file's bytes to a hash, in parts, so that a file of any size needs little memory.
 * @param onBytes told of each part
 * @returns the file's size
 */
export function hashInto(hash: Hash, path: string, onBytes?: (count: number) => void): number {
  const part = new Uint8Array(PART);
  const handle = openSync(path, 'r');
  try {
    for (let size = 0; ; ) {
      const count = readSync(handle, part, 0, PART, null);
      if (count === 0) return size;
      hash.update(part.subarray(0, count));
      size += count;
      onBytes?.(count);
    }
  } finally {
    closeSync(handle);
  }
}
