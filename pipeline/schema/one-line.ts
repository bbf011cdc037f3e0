import { inspect } from 'node:util';

/** Characters of a message that is shown whole. */
const LONGEST = 600;

/** A message in one line: control characters are spelled as escapes, and what is very long loses its middle. */
export function oneLine(message: string): string {
  const spelled = message.replace(CONTROL, escaped);
  if (spelled.length <= LONGEST) return spelled;
  return `${spelled.slice(0, LONGEST - 200)}…${spelled.slice(-199)}`;
}

/** A value that a file holds, for a message: short, in one line, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    const spelled = oneLine(JSON.stringify(value.slice(0, 60)));
    return value.length > 60 ? `${spelled.slice(0, -1)}…"` : spelled;
  }
  const spelled = oneLine(inspect(value, { breakLength: Infinity, depth: 1, maxStringLength: 60 }));
  return spelled.length > 80 ? `${spelled.slice(0, 80)}…` : spelled;
}

/** A name that a file holds, for a message: as it stands where it is a text, else as a value. */
export const nameShown = (name: unknown): string =>
  typeof name === 'string' ? oneLine(name.slice(0, 80)) : shown(name);

/** Control characters, those that end a line, and those that change the direction of what follows. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
