import { readFileSync, type Stats, statSync } from 'node:fs';
import { oneLine } from './one-line.ts';
import { repeatedKey } from './repeated-key.ts';

/** A file that others wrote, and what to do where it cannot be read. */
export interface ForeignFile {
  readonly path: string;
  readonly remedy: string;
  /** What it is called where it is missing: `missing model file: …`; `file` where left out. */
  readonly what?: string;
}

/**
 * Read a file that others wrote.
 * @param read may throw errors that begin with the path
 * @throws one line with the path and the remedy where the system refuses it (missing, a folder, not readable, links in a
 *   circle) or it is not a regular file, such as a pipe, whose end might never come; else what `read` throws, in one line
 */
export function reading<T>(file: ForeignFile, read: () => T): T {
  try {
    assertRegular(file);
    return read();
  } catch (error) {
    throw inOneLine(error, file);
  }
}

/** The same for a reader that waits. */
export async function readingAsync<T>(file: ForeignFile, read: () => Promise<T>): Promise<T> {
  try {
    assertRegular(file);
    return await read();
  } catch (error) {
    throw inOneLine(error, file);
  }
}

/** The bytes of a file. @throws as `reading` does */
export const readForeignBytes = (file: ForeignFile): Buffer =>
  reading(file, () => readFileSync(file.path));

/** The text of a file, without a byte order mark. @throws as `reading` does, and where it is not UTF-8 */
export const readForeignText = (file: ForeignFile): string =>
  reading(file, () => textOf(readFileSync(file.path), file));

/** The value of a JSON file. @throws as `readForeignText` and `parseForeignJson` do */
export const readForeignJson = (file: ForeignFile): unknown =>
  parseForeignJson(readForeignText(file), file);

/** The object of a JSON file. @throws as `readForeignJson` does, and where it holds something else */
export const readForeignObject = (file: ForeignFile): Record<string, unknown> =>
  objectOf(readForeignJson(file), file);

/** The value of a JSON text. @throws one line where it is not JSON, or a key stands twice in an object */
export function parseForeignJson(text: string, { path, remedy }: ForeignFile): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${path}: not JSON${text.trim() ? '' : ', it is empty'}: ${remedy}`);
  }
  const key = repeatedKey(text);
  if (key === null) return value;
  throw new Error(oneLine(`${path}: the key ${JSON.stringify(key)} stands twice: ${remedy}`));
}

/** @throws where a value of JSON is a list, a text, a number or nothing, in place of an object */
export function objectOf(value: unknown, { path, remedy }: ForeignFile): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  const found = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
  throw new Error(`${path}: ${found}, where an object is expected: ${remedy}`);
}

/** @throws where bytes are not UTF-8 */
export function textOf(bytes: Uint8Array, { path, remedy }: ForeignFile): string {
  try {
    return UTF8.decode(bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw new Error(`${path}: not UTF-8: save it as UTF-8, or ${remedy}`);
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** What the system's refusals mean, by their codes. */
const FACTS: Readonly<Record<string, string>> = {
  EISDIR: 'a folder, where a file is expected',
  EACCES: 'it may not be read: give yourself the right to, or',
  EPERM: 'it may not be read: give yourself the right to, or',
  ELOOP: 'its links lead in a circle',
  ENOTDIR: 'a part of its path is a file, where a folder is expected',
  ENAMETOOLONG: 'its name is longer than the system allows',
  EIO: 'the disk fails to read it',
  ERR_STRING_TOO_LONG: 'more text than can be read at once',
  ERR_FS_FILE_TOO_LARGE: 'larger than can be read at once',
};

function assertRegular({ path, remedy }: ForeignFile): void {
  const kind = kindOf(statSync(path));
  if (kind !== null) throw new Error(`${path}: ${kind}, where a file is expected: ${remedy}`);
}

/** What is no regular file. */
function kindOf(stats: Stats): string | null {
  if (stats.isFile()) return null;
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** The error of a reader in one line; errors of the program itself stay as they are. */
function inOneLine(error: unknown, { path, remedy, what = 'file' }: ForeignFile): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new Error(`missing ${what}: ${path}: ${remedy}`, { cause: error });
  const fact = code === undefined ? undefined : FACTS[code];
  if (fact !== undefined)
    return new Error(`${path}: ${fact}${fact.endsWith(' or') ? '' : ':'} ${remedy}`, {
      cause: error,
    });
  const line = oneLine(error.message);
  return line === error.message ? error : new Error(line, { cause: error });
}
