import type { TokenKind } from '../schema/token-kinds.ts';

export interface ListItem {
  /** Position of the item's first token, after its marker. */
  readonly posFirstToken: number;
  /** Position of the item's last token, a trailing blank not counted. */
  readonly posLastToken: number;
  /** Position of the newline that closes the item; null where the turn ended without one. */
  readonly posNewline: number | null;
  /** Whether a blank (a token of spaces only) stands between the last token and the newline or end. */
  readonly blankAfter: boolean;
}

export interface ParsedList {
  readonly items: readonly ListItem[];
  /** [position] */
  readonly kinds: readonly TokenKind[];
  /** [position]: the item that the token is part of, its marker, blank and newline included, else null. */
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
 * Find the items of a list by its tokens. An item stands between a marker at the start of a line and the
 * newline, or the end of the turn, that closes it. A marker elsewhere is part of a name ("Ping-Pong"); a
 * line with nothing but a marker and blanks is no item; nor is a last line that was cut off.
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
    if (close !== null) kinds[close] = isNewline(tokens[close]!) ? 'newline' : 'end';
    if (tokens[start] !== marker || start === close) continue;
    const last = lastContent(tokens, line);
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

/** Items that an earlier one already named, however spaced or cased. */
export const countRepeats = (items: readonly string[]): number =>
  items.length - new Set(items.map(normalizeItem)).size;

/** The form in which two spellings of one item are equal. */
export const normalizeItem = (item: string): string =>
  item.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();

const isNewline = (token: string): boolean => /^\n+$/.test(token);
const isBlank = (token: string): boolean => /^[^\S\n]+$/.test(token);

/** A line's tokens are [start, close); `close` is its newline or stop token, null where it was cut. */
interface Line {
  readonly start: number;
  readonly close: number | null;
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

/** The last token of a line that is no blank; the marker itself where there is none. */
function lastContent(tokens: readonly string[], { start, close, next }: Line): number {
  let last = (close ?? next) - 1;
  while (last > start && isBlank(tokens[last]!)) last--;
  return last;
}
