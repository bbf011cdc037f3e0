import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import { shannonIndex } from '../stats/shannon-index.ts';
import { countRepeats, normalizeItem } from './parse-list.ts';
import { readList } from './read-list.ts';

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

/**
 * @param ids prompt and completion
 * @param promptLength tokens of the prompt, of which the last is the answer's first hyphen
 * @param ended whether the last token is the stop token that ended the turn
 * @returns with the items, in the form in which two spellings are equal
 */
export function listMetrics(
  ids: readonly number[],
  promptLength: number,
  ended: boolean,
  tokenizer: Tokenizer,
): { metrics: ListMetrics; items: string[] } {
  const { parsed, names, text } = readList(ids, promptLength, ended, tokenizer);
  const items = names.map(normalizeItem);
  const metrics = {
    n_items: names.length,
    n_tokens: ids.length - promptLength,
    n_repeats: countRepeats(names),
    shannon_index: shannonIndex(items),
    ended,
    blank_before_end: ended && (parsed.items.at(-1)?.blankAfter ?? false),
    text,
  };
  return { metrics, items };
}
