import type { authorItems } from '../../schema/released/author-items.ts';
import type { authorLists } from '../../schema/released/author-lists.ts';
import type { Row } from '../../schema/table.ts';
import type { Tokenizer } from '../../sources/formats/tokenizer.ts';
import type { List } from '../generate/list-rows.ts';
import { authorCounts } from './author-counts.ts';

/** A list as the author counted it. */
export function authorListRow(
  { sample, ids }: List,
  tokenizer: Tokenizer,
): Row<typeof authorLists> {
  const { hyphens, lines, distinctLines, shannon } = authorCounts(ids, tokenizer);
  return {
    sample_id: sample.id,
    n_hyphens: hyphens,
    n_lines: lines,
    n_distinct_lines: distinctLines,
    shannon_lines: shannon,
  };
}

/** A list's items as the author counted them. */
export function authorItemRows(
  { sample, ids }: List,
  tokenizer: Tokenizer,
): Row<typeof authorItems>[] {
  const { spans } = authorCounts(ids, tokenizer);
  return spans.map((span, i) => ({
    sample_id: sample.id,
    item_index: i,
    items_from_end: spans.length - 1 - i,
    n_tokens: span.tokens,
    has_blank: span.hasBlank,
  }));
}
