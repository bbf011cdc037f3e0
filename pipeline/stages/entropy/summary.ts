import type { EntropyRow } from '../../schema/entropy.ts';
import { QUANTITIES, type SummaryRow } from '../../schema/entropy-summary.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { positionsFromBothEnds } from '../item-position.ts';
import type { ListRow } from '../lists-by-id.ts';

/** The mean of every quantity at each item position, counted from either end; clusters are topics. */
export function summarise(
  rows: readonly EntropyRow[],
  lists: ReadonlyMap<string, ListRow>,
  settings: IntervalSettings,
): SummaryRow[] {
  const groups = Map.groupBy(
    rows.flatMap((row) => observationsOf(row, lists.get(row.sample_id)!)),
    ({ group }) => Object.values(group).join(' '),
  );
  return [...groups].flatMap(([key, observations]) => {
    const { group, row } = observations[0]!;
    const measured = QUANTITIES.filter((quantity) => row[quantity] !== null);
    return measured.map((quantity) => ({
      ...group,
      quantity,
      ...clusterMean(
        {
          rows: observations,
          value: ({ row }) => row[quantity]!,
          cluster: ({ list }) => list.topic,
          range: quantity.endsWith('entropy') ? [0, Infinity] : [0, 1],
        },
        `entropy ${key}`,
        settings,
      ),
    }));
  });
}

type Group = Pick<
  SummaryRow,
  'template' | 'condition' | 'position_kind' | 'item_index' | 'items_from_end'
>;

/** A row with a group in which it is averaged. */
interface Observation {
  readonly group: Group;
  readonly row: EntropyRow;
  readonly list: ListRow;
}

/** A row counts at its item's position from the start and, in a list that ended, from the end. */
function observationsOf(row: EntropyRow, list: ListRow): Observation[] {
  const { condition, position_kind } = row;
  return positionsFromBothEnds(row).map((position) => {
    const group = { template: list.template, condition, position_kind, ...position };
    return { group, row, list };
  });
}
