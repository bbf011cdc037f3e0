import type { TableAccess } from '../../../engine/stage.ts';
import { normalizeItem } from '../../../lists/parse-list.ts';
import { completions } from '../../../schema/completions.ts';
import { items } from '../../../schema/items.ts';
import type { Rule } from '../../../schema/released/audit.ts';
import { authorItems } from '../../../schema/released/author-items.ts';
import { authorLists } from '../../../schema/released/author-lists.ts';
import type { Row } from '../../../schema/table.ts';
import type { TemplateName } from '../../../schema/templates.ts';
import { shannonIndex } from '../../../stats/shannon-index.ts';
import { groupByList, type ItemRow, type ListRow } from '../../lists-by-id.ts';

/** One list, counted by both rules. */
export interface CountedList {
  readonly topic: string;
  readonly template: TemplateName;
  readonly temperature: number;
  readonly counts: Readonly<Record<Rule, Counts>>;
}

export interface Counts {
  readonly nItems: number;
  readonly hasRepeats: boolean;
  /** Nats. */
  readonly shannon: number;
  readonly items: readonly CountedItem[];
}

export interface CountedItem {
  readonly tokens: number;
  readonly isSingleToken: boolean;
  readonly hasBlank: boolean;
  /** Null by the token rule if the list did not end. */
  readonly fromEnd: number | null;
}

export async function readCountedLists(read: TableAccess['read']): Promise<CountedList[]> {
  const itemsOf = groupByList(await read(items));
  const authorListOf = groupByList(await read(authorLists));
  const authorItemsOf = groupByList(await read(authorItems));
  return (await read(completions)).map((list) => {
    const { sample_id, topic, template, temperature } = list;
    const token = countByToken(list, itemsOf.get(sample_id) ?? []);
    const [authorList] = authorListOf.get(sample_id)!;
    const author = countByAuthor(authorList!, authorItemsOf.get(sample_id) ?? []);
    return { topic, template, temperature, counts: { token, author } };
  });
}

const countByToken = (list: ListRow, items: readonly ItemRow[]): Counts => ({
  nItems: list.n_items,
  hasRepeats: list.n_repeats > 0,
  shannon: shannonIndex(items.map(({ text }) => normalizeItem(text))),
  items: items.map((item) => ({
    tokens: item.n_tokens,
    isSingleToken: item.n_tokens === 1,
    hasBlank: item.blank_after,
    fromEnd: item.items_from_end,
  })),
});

/** The author's token counts include the hyphen, the newline and a blank: a one-token item has 3 tokens, or 4. */
const countByAuthor = (
  list: Row<typeof authorLists>,
  items: readonly Row<typeof authorItems>[],
): Counts => ({
  nItems: list.n_hyphens,
  hasRepeats: list.n_distinct_lines < list.n_lines,
  shannon: list.shannon_lines,
  items: items.map(({ n_tokens, has_blank, items_from_end }) => ({
    tokens: n_tokens,
    isSingleToken: n_tokens - Number(has_blank) === 3,
    hasBlank: has_blank,
    fromEnd: items_from_end,
  })),
});

/** Number of items followed by a blank. */
export const countBlanks = (items: readonly CountedItem[]): number =>
  items.filter(({ hasBlank }) => hasBlank).length;
