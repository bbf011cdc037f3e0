import type { EntropyRow } from '../../schema/entropy.ts';
import { QUANTITIES, type SummaryRow } from '../../schema/entropy-summary.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { type RunningMean, runningMean } from '../../stats/running-mean.ts';
import { positionsFromBothEnds } from '../item-position.ts';
import type { ListRow } from '../lists-by-id.ts';

/** Means that grow as the rows come. */
export interface EntropyMeans {
  add(row: EntropyRow): void;
  /** The mean of every quantity at each item position, counted from either end; clusters are topics. */
  rows(settings: IntervalSettings): SummaryRow[];
}

/** @param lists by `sample_id` */
export function startMeans(lists: ReadonlyMap<string, ListRow>): EntropyMeans {
  const groups = new Map<string, GroupMeans>();
  return {
    add(row) {
      const list = lists.get(row.sample_id)!;
      for (const group of groupsOf(row, list)) addTo(groups, { group, row, list });
    },
    rows: (settings) =>
      [...groups].flatMap(([key, { group, means }]) =>
        [...means].map(([quantity, mean]) => {
          const range = [0, quantity.endsWith('entropy') ? Infinity : 1] as const;
          return { ...group, quantity, ...mean.estimate(`entropy ${key}`, settings, range) };
        }),
      ),
  };
}

/** The means of one group, of the quantities that its first row has. */
interface GroupMeans {
  readonly group: Group;
  readonly means: ReadonlyMap<(typeof QUANTITIES)[number], RunningMean>;
}

function addTo(groups: Map<string, GroupMeans>, { group, row, list }: Observation): void {
  const key = Object.values(group).join(' ');
  const measured = () => QUANTITIES.filter((quantity) => row[quantity] !== null);
  const found = groups.get(key) ?? {
    group,
    means: new Map(measured().map((quantity) => [quantity, runningMean()])),
  };
  groups.set(key, found);
  for (const [quantity, mean] of found.means) mean.add(row[quantity]!, list.topic);
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
function groupsOf(row: EntropyRow, { template }: ListRow): Group[] {
  const { condition, position_kind } = row;
  return positionsFromBothEnds(row).map((position) => ({
    template,
    condition,
    position_kind,
    ...position,
  }));
}
