import type { ListLensRow } from '../../schema/logit-lens-lists.ts';
import type { ListRow } from '../lists-by-id.ts';
import type { LensTableRow } from './rows.ts';

/**
 * The rows of the first list of each topic and template: the first that ended, or where none did the first. The full
 * table is too large to be published; these show what the lens of a single list looks like.
 */
export function firstListRows(
  rows: readonly LensTableRow[],
  lists: readonly ListRow[],
): ListLensRow[] {
  const cells = Map.groupBy(lists, ({ topic, template }) => `${topic} ${template}`);
  const first = new Set(
    [...cells.values()].map((cell) => (cell.find(({ ended }) => ended) ?? cell[0]!).sample_id),
  );
  return rows
    .filter(({ sample_id }) => first.has(sample_id))
    .map(({ logit_diff_uncapped: _, logit_diff_raw: __, ...row }) => row);
}
