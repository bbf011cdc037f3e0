import { rmSync } from 'node:fs';

/** What an operating system, or DuckDB in its words, says where a file cannot be written; and what to do. */
const FAULTS: readonly (readonly [RegExp, string])[] = [
  [/ENOSPC|no space left on device/i, 'no space is left on the disk: free some, and run again'],
  [/EDQUOT|quota exceeded/i, 'the disk quota is used up: free some space, and run again'],
  [
    /EFBIG|file too large/i,
    'larger than a file may be here: raise the limit (ulimit -f), and run again',
  ],
  [/EROFS|read-only file system/i, 'the file system is read-only: make it writable'],
  [
    /EACCES|EPERM|permission denied|operation not permitted/i,
    'the permission is missing: make its folder writable',
  ],
  [/EISDIR|is a directory/i, 'a folder is in its place: move it away'],
  [/ENOTDIR|not a directory/i, 'a file is in the place of its folder: move it away'],
];

/**
 * The error of a file that could not be written, in one line: the file, why, and the remedy. An error that does not come from
 * the disk is returned as it is.
 * @param path of the file
 */
export function writeFault(path: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  const found = FAULTS.find(([pattern]) => pattern.test(`${code} ${error.message}`));
  if (found === undefined || error.message.startsWith(`${path}: cannot be written`)) return error;
  return new Error(`${path}: cannot be written: ${found[1]}`, { cause: error });
}

/** The code of the operating system's error, such as EROFS, of an error or of the one that it was made from. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return systemCode(error.cause);
}

/** Do what writes a file. @throws one line with the file and the remedy, as `writeFault` */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw writeFault(path, error);
  }
}

/** Remove what is left of a write that failed. The failure is reported already: that it cannot be removed is not. */
export function discard(...paths: readonly string[]): void {
  for (const path of paths)
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {}
}
