import type { logitLensSummary } from '../../schema/logit-lens-summary.ts';
import type { Row } from '../../schema/table.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { type RunningMean, runningMean } from '../../stats/running-mean.ts';
import { positionsFromBothEnds } from '../item-position.ts';
import { type ListRow, listsById } from '../lists-by-id.ts';
import type { ContributionRow, LensTableRow } from './rows.ts';

type SummaryRow = Row<typeof logitLensSummary>;
type Group = Omit<SummaryRow, 'mean' | 'ci_low' | 'ci_high' | 'n'>;

/** Means that grow as the rows of items come. */
export interface LensMeans {
  add(lens: readonly LensTableRow[], contributions: readonly ContributionRow[]): void;
  /** Means over the lists of a template at each item position, counted from either end; clusters are topics. */
  rows(settings: IntervalSettings): SummaryRow[];
}

export function startMeans(lists: readonly ListRow[]): LensMeans {
  const byId = listsById(lists);
  const groups = {
    lens: new Map<string, GroupMean>(),
    contributions: new Map<string, GroupMean>(),
  };
  const add = (to: Map<string, GroupMean>, row: Measured, value: number) =>
    addTo(to, row, byId.get(row.sample_id)!, value);
  return {
    add(lens, contributions) {
      for (const row of lens) add(groups.lens, { ...row, component: null }, row.logit_diff);
      for (const row of contributions) add(groups.contributions, row, row.contribution);
    },
    rows: (settings) =>
      [...groups.lens, ...groups.contributions].map(([key, { group, mean }]) => ({
        ...group,
        ...mean.estimate(`logit lens ${key}`, settings),
      })),
  };
}

interface GroupMean {
  readonly group: Group;
  readonly mean: RunningMean;
}

type Measured = Pick<
  LensTableRow,
  'sample_id' | 'proxy' | 'item_index' | 'items_from_end' | 'layer'
> &
  Pick<SummaryRow, 'component'>;

/** A value counts at its item's position from the start and, in a list that ended, from the end. */
function addTo(
  groups: Map<string, GroupMean>,
  { proxy, layer, component, ...item }: Measured,
  { template, topic }: ListRow,
  value: number,
): void {
  for (const position of positionsFromBothEnds(item)) {
    const group = { template, proxy, layer, component, ...position };
    const key = Object.values(group).join(' ');
    const found = groups.get(key) ?? { group, mean: runningMean() };
    groups.set(key, found);
    found.mean.add(value, topic);
  }
}
