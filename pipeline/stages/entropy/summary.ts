import type { EntropyRow } from '../../schema/entropy.ts';
import { QUANTITIES, type SummaryRow } from '../../schema/entropy-summary.ts';
import { clusterMean, type IntervalSettings } from '../../stats/cluster-mean.ts';
import type { ListRow } from '../lists-by-id.ts';

/** Mean of every quantity at each place, counted from the start and from the end; clusters are topics. */
export function summarise(
  rows: readonly EntropyRow[],
  lists: ReadonlyMap<string, ListRow>,
  settings: IntervalSettings,
): SummaryRow[] {
  const places = Map.groupBy(
    rows.flatMap((row) => placesOf(row, lists.get(row.sample_id)!)),
    ({ key }) => key,
  );
  return [...places].flatMap(([key, observed]) =>
    QUANTITIES.filter((quantity) => observed[0]!.row[quantity] !== null).map((quantity) => ({
      ...observed[0]!.place,
      quantity,
      ...clusterMean(
        {
          rows: observed,
          value: ({ row }) => row[quantity]!,
          cluster: ({ list }) => list.topic,
        },
        `entropy ${key}`,
        settings,
      ),
    })),
  );
}

type Place = Pick<
  SummaryRow,
  'template' | 'condition' | 'position_kind' | 'item_index' | 'items_from_end'
>;

interface Observation {
  readonly key: string;
  readonly place: Place;
  readonly row: EntropyRow;
  readonly list: ListRow;
}

/** The places that a row is counted at: its distance from the start, and from the end of a list that ended. */
function placesOf(row: EntropyRow, list: ListRow): Observation[] {
  const { condition, position_kind, item_index, items_from_end } = row;
  const counted = [{ item_index, items_from_end: null }];
  const fromEnd = items_from_end === null ? [] : [{ item_index: null, items_from_end }];
  return [...counted, ...fromEnd].map((count) => {
    const place = { template: list.template, condition, position_kind, ...count };
    return { key: Object.values(place).join(' '), place, row, list };
  });
}
