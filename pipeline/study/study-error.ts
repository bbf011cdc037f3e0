import type { z } from 'zod';
import { PLACEHOLDER } from './message.ts';

/** Where in a study file. */
export type Path = readonly PropertyKey[];

/** @throws `data/studies/x.yaml: sampling.topP: expected number ≤ 1, received 1.4` */
export function fail(file: string, path: Path, wanted: string, received: unknown): never {
  const at = path.length > 0 ? `${path.join('.')}: ` : '';
  const got = received === undefined ? 'nothing' : JSON.stringify(received);
  throw new Error(`${file}: ${at}expected ${wanted}, received ${got}`);
}

export function refuseKey(
  { path, keys, input }: z.core.$ZodIssueUnrecognizedKeys,
  file: string,
): never {
  const key = keys[0]!;
  return fail(file, [...path, key], 'no such key', (input as Record<string, unknown>)[key]);
}

/** What the schema asks for where `issue` was raised. */
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
