import { statfsSync } from 'node:fs';

/**
 * Why the disk of a folder cannot take some bytes; undefined where it can.
 * @param what is to be written, with its verb, as in “the weights need”
 */
export function shortageOf(dir: string, what: string, needed: number): string | undefined {
  const { bavail, bsize } = statfsSync(dir);
  const free = bavail * bsize;
  if (needed <= free) return undefined;
  return `disk full: ${what} ${gigabytes(needed)} in ${dir}, where ${gigabytes(free)} are free`;
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e8 ? 3 : 1)} GB`;
