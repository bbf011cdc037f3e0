import type { TokenKind } from '../schema/token-kinds.ts';

export interface ListItem {
  /** Position of the item's first token, after its marker. */
  readonly posFirstToken: number;
  /** Position of the item's last token, a trailing blank not counted. */
  readonly posLastToken: number;
  /** Position of the newline that closes the item; null if the turn ended without one. */
  readonly posNewline: number | null;
  /** Whether a blank (a token of spaces only) comes between the last token and the newline or the end of the turn. */
  readonly blankAfter: boolean;
}

export interface ParsedList {
  readonly items: readonly ListItem[];
  /** [position] */
  readonly kinds: readonly TokenKind[];
  /** [position]: index of the item to which the token, a marker, blank or newline belongs; null for other tokens. */
  readonly itemIndex: readonly (number | null)[];
}

export interface ParseOptions {
  /** The token that begins each line with an item. */
  readonly marker: string;
  /** Position of the answer's first token. */
  readonly answerStart: number;
  /** Whether the last token is the stop token that ended the turn. */
  readonly ended: boolean;
}

/**
 * Parse the items of a list from its tokens. An item starts with a marker at the start of a line, and is closed by a
 * newline or by the end of the turn. A marker elsewhere is part of a name ("Ping-Pong"). A line with only a marker and
 * blanks is not an item, nor is a last line that the token limit cut off.
 *
 * A line whose marker is indented belongs to an item above it. It is no item, because what would be one is not the same
 * from list to list: headings and what stands below them, or one flat list with uneven margins. Its tokens are marked as
 * nested, so that lists which have such lines are known, and can be counted apart (`isNested`).
 *
 * @param tokens the text of every token, prompt first
 */
export function parseList(
  tokens: readonly string[],
  { marker, answerStart, ended }: ParseOptions,
): ParsedList {
  const kinds: TokenKind[] = tokens.map((_, pos) => (pos < answerStart ? 'prompt' : 'other'));
  const itemIndex: (number | null)[] = tokens.map(() => null);
  const items: ListItem[] = [];
  for (const line of splitLines(tokens, answerStart, ended)) {
    const { start, close, next } = line;
    if (close !== null) kinds[close] = ended && next === tokens.length ? 'end' : 'newline';
    if (isIndented(tokens, line, marker)) kinds.fill('nested', start, close ?? next);
    if (tokens[start] !== marker || start === close) continue;
    const last = lastContentToken(tokens, line);
    kinds[start] = 'marker';
    kinds.fill('item', start + 1, last + 1);
    kinds.fill('blank', last + 1, close ?? next);
    if (last === start || close === null) continue;
    const newline = kinds[close] === 'newline';
    itemIndex.fill(items.length, start, newline ? next : close);
    items.push({
      posFirstToken: start + 1,
      posLastToken: last,
      posNewline: newline ? close : null,
      blankAfter: last + 1 < close,
    });
  }
  return { items, kinds, itemIndex };
}

/** Whether a list has lines with an indented marker, which are no items. */
export const isNested = ({ kinds }: Pick<ParsedList, 'kinds'>): boolean => kinds.includes('nested');

/** Number of items that repeat an earlier one, up to spacing and case. */
export const countRepeats = (items: readonly string[]): number =>
  items.length - new Set(items.map(normalizeItem)).size;

/** An item in a form in which its spellings are equal: NFKC, trimmed, single spaces, lower case. */
export const normalizeItem = (item: string): string =>
  item.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();

const isNewline = (token: string): boolean => /^\n+$/.test(token);
const isBlank = (token: string): boolean => /^[^\S\n]+$/.test(token);

/** A line of an answer, by positions. */
interface Line {
  readonly start: number;
  /** Its newline or stop token; null if the token limit cut it off. */
  readonly close: number | null;
  /** The start of the next line. */
  readonly next: number;
}

function* splitLines(tokens: readonly string[], from: number, ended: boolean): Generator<Line> {
  const closes = (pos: number) =>
    isNewline(tokens[pos]!) || (ended && pos === tokens.length - 1) ? pos : null;
  let start = from;
  for (let pos = from; pos < tokens.length; pos++) {
    const close = closes(pos);
    if (close === null && pos < tokens.length - 1) continue;
    yield { start, close, next: pos + 1 };
    start = pos + 1;
  }
}

/** Whether a line begins with blanks and then a marker, in tokens of their own or in one. */
function isIndented(
  tokens: readonly string[],
  { start, close, next }: Line,
  marker: string,
): boolean {
  const line = tokens.slice(start, close ?? next);
  const first = line.findIndex((token) => !isBlank(token));
  const token = line[first] ?? '';
  const isMarker = token.trimStart() === marker;
  return isMarker && (first > 0 || token !== marker);
}

/** Position of a line's last token that is not a blank; its first token if all others are blanks. */
function lastContentToken(tokens: readonly string[], { start, close, next }: Line): number {
  let last = (close ?? next) - 1;
  while (last > start && isBlank(tokens[last]!)) last--;
  return last;
}
