import type { z } from 'zod';
import { PLACEHOLDER } from './message.ts';

/** The location of a field in a study file: `['sampling', 'topP']`. */
export type Path = readonly PropertyKey[];

/** @throws `data/studies/x.yaml: sampling.topP: expected number ≤ 1, received 1.4` */
export function fail(file: string, path: Path, wanted: string, received: unknown): never {
  const location = path.length > 0 ? `${path.join('.')}: ` : '';
  const receivedText = received === undefined ? 'nothing' : JSON.stringify(received);
  throw new Error(`${file}: ${location}expected ${wanted}, received ${receivedText}`);
}

/** @throws `data/studies/x.yaml: sampling.topK: expected no such key, received 40` */
export function refuseKey(
  { path, keys, input }: z.core.$ZodIssueUnrecognizedKeys,
  file: string,
): never {
  const key = keys[0]!;
  return fail(file, [...path, key], 'no such key', (input as Record<string, unknown>)[key]);
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
