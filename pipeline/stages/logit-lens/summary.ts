import type { logitLensSummary } from '../../schema/logit-lens-summary.ts';
import type { Row } from '../../schema/table.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { positionsFromBothEnds } from '../item-position.ts';
import { type ListRow, listsById } from '../lists-by-id.ts';
import type { LensTableRow, LensTables } from './rows.ts';

type SummaryRow = Row<typeof logitLensSummary>;
type Group = Omit<SummaryRow, 'mean' | 'ci_low' | 'ci_high' | 'n'>;

/** One value at one item, with a group in which it is averaged. */
interface Observation {
  readonly group: Group;
  readonly topic: string;
  readonly value: number;
}

/** Means over the lists of a template at each item position, counted from either end; clusters are topics. */
export function summarise(
  { lens, contributions }: LensTables,
  lists: readonly ListRow[],
  settings: IntervalSettings,
): SummaryRow[] {
  const byId = listsById(lists);
  const observe = (row: Measured, value: number) =>
    observationsOf(row, byId.get(row.sample_id)!, value);
  const observations = [
    ...lens.flatMap((row) => observe({ ...row, component: null }, row.logit_diff)),
    ...contributions.flatMap((row) => observe(row, row.contribution)),
  ];
  const groups = Map.groupBy(observations, ({ group }) => Object.values(group).join(' '));
  return [...groups].map(([key, rows]) => ({
    ...rows[0]!.group,
    ...clusterMean(
      { rows, value: ({ value }) => value, cluster: ({ topic }) => topic },
      `logit lens ${key}`,
      settings,
    ),
  }));
}

type Measured = Pick<
  LensTableRow,
  'sample_id' | 'proxy' | 'item_index' | 'items_from_end' | 'layer'
> &
  Pick<SummaryRow, 'component'>;

/** A value counts at its item's position from the start and, in a list that ended, from the end. */
const observationsOf = (
  { proxy, layer, component, ...item }: Measured,
  { template, topic }: ListRow,
  value: number,
): Observation[] =>
  positionsFromBothEnds(item).map((position) => ({
    group: { template, proxy, layer, component, ...position },
    topic,
    value,
  }));
