import { readFileSync, statSync } from 'node:fs';
import { parseDocument } from 'yaml';

/**
 * Read a study file's text.
 * @throws one line where it is no file, cannot be read, is too large or is not UTF-8
 */
export function readStudyText(path: string): string {
  const bytes = readBytes(path);
  const fault = encodingFault(bytes);
  if (fault !== null) throw new Error(`${path}: ${fault}: save it as UTF-8`);
  return new TextDecoder().decode(bytes); // without a byte order mark
}

/** A study has a few kB. */
const LARGEST = 200_000;

function readBytes(path: string): Buffer {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw new Error(`${path}: not a file: put the study's text there`);
    if (stat.size > LARGEST)
      throw new Error(`${path}: ${stat.size} bytes: a study file has at most ${LARGEST}`);
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(`${path}: cannot be read (${code}): make it readable`, { cause: error });
  }
}

/** Why bytes are no UTF-8 text; null where they are. */
function encodingFault(bytes: Buffer): string | null {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return 'text in UTF-16 or UTF-32';
  if (bytes.includes(0)) return 'a byte 0, as in UTF-16 text or a binary file';
  return isUtf8(bytes) ? null : 'bytes that are not UTF-8';
}

function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/**
 * Parse the text of a study file. What YAML only warns of, such as a tag that is not known, is refused.
 * @param path of the file, for errors
 * @throws one line with the first fault
 */
export function parseYaml(yaml: string, path: string): unknown {
  try {
    const document = parseDocument(yaml);
    const [fault] = [...document.errors, ...document.warnings];
    if (fault !== undefined) throw fault;
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    throw new Error(`${path}: not YAML: ${reasonOf(error)}`, { cause: error });
  }
}

/** How many values aliases may stand for, so that a few lines cannot become gigabytes. */
const MOST_ALIASES = 100;

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (text.includes('call stack')) return 'nested too deeply: write it flat';
  if (text.startsWith('Excessive alias'))
    return 'its aliases stand for too many values: write the values out';
  return text.split('\n')[0]!.slice(0, 200);
}
