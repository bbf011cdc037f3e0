import type { ListLensRow } from '../../schema/logit-lens-lists.ts';
import type { ListRow } from '../lists-by-id.ts';
import type { LensTableRow } from './rows.ts';

/**
 * Whether a row is of the first list of its topic and template: the first that ended, or where none did the first. The full
 * table is too large to be published; these show what the lens of a single list looks like.
 */
export function firstLists(
  lists: readonly ListRow[],
): (row: Pick<LensTableRow, 'sample_id'>) => boolean {
  const cells = Map.groupBy(lists, ({ topic, template }) => `${topic} ${template}`);
  const first = new Set(
    [...cells.values()].map((cell) => (cell.find(({ ended }) => ended) ?? cell[0]!).sample_id),
  );
  return ({ sample_id }) => first.has(sample_id);
}

export const listRow = ({
  logit_diff_uncapped: _,
  logit_diff_raw: __,
  ...row
}: LensTableRow): ListLensRow => row;
