import type { LineHead } from './line-heads.ts';
import { lastContent, linesOf } from './lines.ts';
import { type Answer, type ParsedList, startParsing } from './parsed-list.ts';

/**
 * Parse a list with an item on each line. An item is closed by a newline or by the end of the turn. A marker elsewhere than at
 * the start of its line is part of a name ("Ping-Pong"). A line with only a marker and blanks is not an item, nor is a last
 * line that the token limit cut off.
 *
 * A line whose marker is indented belongs to an item above it. It is no item, because what would be one is not the same
 * from list to list: headings and what stands below them, or one flat list with uneven margins. Its tokens are marked as
 * nested, so that lists which have such lines are known, and can be counted apart (`isNested`).
 */
export function parseLines(
  tokens: readonly string[],
  answer: Answer,
  headOf: (line: readonly string[]) => LineHead,
): ParsedList {
  const parsed = startParsing(tokens, answer.answerStart);
  const { items, kinds, itemIndex } = parsed;
  for (const { start, close, next } of linesOf(tokens, answer)) {
    const end = close ?? next;
    if (close !== null) kinds[close] = answer.ended && next === tokens.length ? 'end' : 'newline';
    const head = headOf(tokens.slice(start, end));
    if (head === 'nested') kinds.fill('nested', start, end);
    if (typeof head === 'string') continue;
    const first = start + head;
    const last = lastContent(tokens, first, end);
    kinds.fill('marker', start, first);
    kinds.fill('item', first, last + 1);
    kinds.fill('blank', last + 1, end);
    if (last < first || close === null) continue;
    const newline = kinds[close] === 'newline';
    itemIndex.fill(items.length, start, newline ? next : close);
    items.push({
      posFirstToken: first,
      posLastToken: last,
      posNewline: newline ? close : null,
      blankAfter: last + 1 < close,
    });
  }
  return parsed;
}
