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
  const spelled = oneLine(spelledOut(value));
  return spelled.length > 80 ? `${spelled.slice(0, 80)}…` : spelled;
}

/** A value as the language spells it, two levels deep: what is deeper is named by its kind. */
function spelledOut(value: unknown, depth = 1): string {
  if (typeof value === 'string') return `'${value.slice(0, 60).replaceAll("'", "\\'")}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  const isList = Array.isArray(value);
  if (depth < 0) return isList ? '[Array]' : '[Object]';
  const parts = Object.entries(value)
    .slice(0, MOST_PARTS)
    .map(([key, part]) => `${isList ? '' : `${keyShown(key)}: `}${spelledOut(part, depth - 1)}`);
  const [open, close] = isList ? '[]' : '{}';
  return parts.length === 0 ? `${open}${close}` : `${open} ${parts.join(', ')} ${close}`;
}

/** More than a message has room for. */
const MOST_PARTS = 80;

const keyShown = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : `'${key}'`);

/** A name that a file holds, for a message: as it stands where it is a text, else as a value. */
export const nameShown = (name: unknown): string =>
  typeof name === 'string' ? oneLine(name.slice(0, 80)) : shown(name);

/** Control characters, those that end a line, and those that change the direction of what follows. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
