import type { ItemLayout } from './item-layout.ts';
import { headReader } from './line-heads.ts';
import { parseCommas } from './parse-commas.ts';
import { parseLines } from './parse-lines.ts';
import type { Answer, ParsedList } from './parsed-list.ts';

export interface ParseOptions extends Answer {
  readonly layout: ItemLayout;
}

/** Parse the items of a list from its tokens. @param tokens the text of every token, prompt first */
export const parseList = (
  tokens: readonly string[],
  { layout, ...answer }: ParseOptions,
): ParsedList =>
  layout.by === 'comma'
    ? parseCommas(tokens, answer)
    : parseLines(tokens, answer, headReader(layout));

/** Whether a list has lines with an indented marker, which are no items. */
export const isNested = ({ kinds }: Pick<ParsedList, 'kinds'>): boolean => kinds.includes('nested');

/** Number of items that repeat an earlier one, up to spacing and case. */
export const countRepeats = (items: readonly string[]): number =>
  items.length - new Set(items.map(normalizeItem)).size;

/** An item in a form in which its spellings are equal: NFKC, trimmed, single spaces, lower case. */
export const normalizeItem = (item: string): string =>
  item.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
