import { bareHead } from './line-heads.ts';
import { type Line, lastContent, linesOf } from './lines.ts';
import { type Answer, type ParsedList, startParsing } from './parsed-list.ts';
import { isBlank } from './token-text.ts';

/**
 * Parse a list with all items on one line, with commas between them. The list is the first line of the answer that has a
 * name, does not end with a colon and does not begin with a marker; other lines are not part of it.
 *
 * - A comma separates, in a token of its own or after a quotation mark or bracket in the same token; not between digits.
 * - `and`, `or` and `&` right after a comma are the marker of the item that they announce. Without a comma they are part of
 *   a name ("Trinidad and Tobago"), as nothing tells the two apart.
 * - What stands before the first item and ends with a colon ("Fruits: …") is not part of it.
 * - A full stop that is the line's last token closes the list, and is of the kind `end`. Others are part of names.
 * - An item is closed by a comma, or by the end of its line; one that the token limit cut off is not an item.
 */
export function parseCommas(tokens: readonly string[], answer: Answer): ParsedList {
  const parsed = startParsing(tokens, answer.answerStart);
  const { items, kinds, itemIndex } = parsed;
  const lines = [...linesOf(tokens, answer)];
  for (const { close, next } of lines)
    if (close !== null) kinds[close] = answer.ended && next === tokens.length ? 'end' : 'newline';
  const line = lines.find((each) => isList(tokens, each));
  if (line === undefined) return parsed;
  for (const segment of segmentsOf(tokens, line)) {
    const { start, marker, first, last, end, comma } = segment;
    kinds.fill('blank', start, marker);
    kinds.fill('marker', marker, first);
    kinds.fill('item', first, last + 1);
    kinds.fill('blank', last + 1, end);
    if (comma) kinds[end] = 'newline';
    if (segment.fullStop !== null) kinds[segment.fullStop] = 'end';
    if (last < first || !segment.closed) continue;
    itemIndex.fill(items.length, start, comma ? end + 1 : end);
    items.push({
      posFirstToken: first,
      posLastToken: last,
      posNewline: comma ? end : null,
      blankAfter: last + 1 < end,
    });
  }
  return parsed;
}

/** A part of the list's line between two commas, by positions. */
interface Segment {
  readonly start: number;
  /** Where blanks end; the same as `first` where no word such as `and` announces the item. */
  readonly marker: number;
  readonly first: number;
  /** The last token of the item; before `first` where there is no item. */
  readonly last: number;
  /** The comma, full stop, newline or stop token after the segment. */
  readonly end: number;
  readonly comma: boolean;
  readonly fullStop: number | null;
  /** False where the token limit cut it off. */
  readonly closed: boolean;
}

function* segmentsOf(tokens: readonly string[], { start, close, next }: Line): Generator<Segment> {
  const lineEnd = close ?? next;
  const stop = lastContent(tokens, start, lineEnd);
  const fullStop = close !== null && isFullStop(tokens[stop]!) ? stop : null;
  const end = fullStop ?? lineEnd;
  let from = start;
  for (let pos = start; pos <= end; pos++) {
    const comma = pos < end && isComma(tokens, pos);
    if (!comma && pos < end) continue;
    const begin = from === start ? afterLabel(tokens, from, pos) : from;
    yield {
      ...partsOf(tokens, begin, pos, from > start),
      end: pos,
      comma,
      fullStop: comma ? null : fullStop,
      closed: comma || close !== null,
    };
    from = pos + 1;
  }
}

/** Blanks, an announcing word and the item of a segment. @param announced whether a comma stands before it */
function partsOf(
  tokens: readonly string[],
  start: number,
  end: number,
  announced: boolean,
): Pick<Segment, 'start' | 'marker' | 'first' | 'last'> {
  let marker = start;
  while (marker < end && isBlank(tokens[marker]!)) marker++;
  const first = announced && marker < end && isAnd(tokens[marker]!) ? marker + 1 : marker;
  return { start, marker, first, last: lastContent(tokens, first, end) };
}

/** Where the first item begins: after a label that ends with a colon, if there is one. */
function afterLabel(tokens: readonly string[], start: number, end: number): number {
  const label = tokens.slice(start, end).findLastIndex((token) => token.endsWith(':'));
  return start + label + 1;
}

/** Whether a line is the list: it has a name in it, is no heading and begins with no marker. */
const isList = (tokens: readonly string[], { start, close, next }: Line): boolean => {
  const line = tokens.slice(start, close ?? next);
  return /[\p{L}\p{N}]/u.test(line.join('')) && bareHead(line) === 0;
};

const isAnd = (token: string): boolean => /^\s?(and|or|&)$/.test(token);
const isFullStop = (token: string): boolean => /^\p{P}?\.$/u.test(token);

function isComma(tokens: readonly string[], pos: number): boolean {
  if (!/^[\p{Pe}\p{Pf}"'”’]*,$/u.test(tokens[pos]!)) return false;
  return !(/\d$/.test(tokens[pos - 1] ?? '') && /^\d/.test(tokens[pos + 1] ?? ''));
}
