import { shannonIndex } from '../stats/shannon-index.ts';
import { countRepeats, normalizeItem } from './parse-list.ts';
import { readList, type WrittenList } from './read-list.ts';
import type { TokenForm } from './token-form.ts';

/** What a list is measured by; the names are those of the columns. */
export interface ListMetrics {
  readonly n_items: number;
  readonly n_tokens: number;
  readonly n_repeats: number;
  readonly shannon_index: number;
  readonly ended: boolean;
  readonly blank_before_end: boolean;
  readonly text: string;
}

/** @returns with the items, in the form in which two spellings are equal */
export function listMetrics(
  list: WrittenList,
  form: TokenForm,
): { metrics: ListMetrics; items: string[] } {
  const { parsed, names, text } = readList(list, form);
  const items = names.map(normalizeItem);
  const metrics = {
    n_items: names.length,
    n_tokens: list.ids.length - list.promptLength,
    n_repeats: countRepeats(names),
    shannon_index: shannonIndex(items),
    ended: list.ended,
    blank_before_end: list.ended && (parsed.items.at(-1)?.blankAfter ?? false),
    text,
  };
  return { metrics, items };
}
