import { shannonIndex } from '../stats/shannon-index.ts';
import { countRepeats, normalizeItem } from './parse-list.ts';
import { readList, type WrittenList } from './read-list.ts';
import type { TokenForm } from './token-form.ts';

/** The metrics of one list, named as the columns of tables. */
export interface ListMetrics {
  readonly n_items: number;
  readonly n_tokens: number;
  readonly n_repeats: number;
  readonly shannon_index: number;
  readonly ended: boolean;
  readonly blank_before_end: boolean;
  readonly text: string;
}

/** The metrics of a list, and its items normalized (`normalizeItem`). */
export function listMetrics(
  list: WrittenList,
  form: TokenForm,
): { metrics: ListMetrics; items: string[] } {
  const { parsed, itemTexts, text } = readList(list, form);
  const items = itemTexts.map(normalizeItem);
  const metrics = {
    n_items: itemTexts.length,
    n_tokens: list.ids.length - list.promptLength,
    n_repeats: countRepeats(itemTexts),
    shannon_index: shannonIndex(items),
    ended: list.ended,
    blank_before_end: list.ended && (parsed.items.at(-1)?.blankAfter ?? false),
    text,
  };
  return { metrics, items };
}
