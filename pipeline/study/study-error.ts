import type { z } from 'zod';
import { PLACEHOLDER } from './message.ts';
import { nearName } from './near-name.ts';
import { INVISIBLE } from './values.ts';

/** The location of a field in a study file: `['sampling', 'topP']`. */
export type Path = readonly PropertyKey[];

/** @throws `data/studies/x.yaml: sampling.topP: expected number ≤ 1, received 1.4` */
export function fail(file: string, path: Path, wanted: string, received: unknown): never {
  const location = path.length > 0 ? `${path.map(nameOf).join('.')}: ` : '';
  throw new Error(`${file}: ${location}expected ${wanted}, received ${shown(received)}`);
}

/**
 * @param known the keys that may stand there
 * @throws `data/studies/x.yaml: sampling.topp: expected no such key, received 0.9; did you mean topP?`
 */
export function refuseKey(
  { path, keys, input }: z.core.$ZodIssueUnrecognizedKeys,
  known: readonly string[],
  file: string,
): never {
  const key = keys[0]!;
  const place = [...path, key].map(nameOf).join('.');
  const value = shown(new Map(Object.entries(Object(input))).get(key));
  const near = nearName(key, known);
  const remedy = near === null ? '' : `; did you mean ${near}?`;
  throw new Error(`${file}: ${place}: expected no such key, received ${value}${remedy}`);
}

/** What the schema expects, for the error message of an issue. */
export function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected;
    case 'too_big':
      return `${UNIT[issue.origin] ?? issue.origin} ${issue.inclusive ? '≤' : '<'} ${issue.maximum}`;
    case 'too_small':
      return `${UNIT[issue.origin] ?? issue.origin} ${issue.inclusive ? '≥' : '>'} ${issue.minimum}`;
    case 'invalid_value':
      return issue.values.join(' | ');
    case 'invalid_format':
      return issue.format === 'includes' ? `text with ${PLACEHOLDER}` : issue.message;
    default:
      return issue.message;
  }
}

const UNIT: Readonly<Record<string, string>> = {
  int: 'integer',
  array: 'list with length',
  string: 'text with length',
};

/** A key as it is; in quotes and cut where it is no word, so that the error stays one line. */
const nameOf = (key: PropertyKey): string =>
  typeof key === 'string' && !/^[\w-]{1,60}$/.test(key)
    ? cut(JSON.stringify(key), 60)
    : String(key);

/** Most characters of a value that an error repeats. */
const LONGEST = 240;

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  // JSON.stringify leaves these two line separators as they are.
  const text = jsonOf(value).replace(/[\u2028\u2029]/g, ' ');
  return cut(
    text.replace(new RegExp(INVISIBLE, 'gu'), (character) => `\\u${hex(character)}`),
    LONGEST,
  );
}

const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(4, '0');

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return 'a value that contains itself';
  }
}

const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}… (${text.length} characters)` : text;
