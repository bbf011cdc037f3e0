import type { EntropyRow } from '../../schema/entropy.ts';
import { QUANTITIES, type SummaryRow } from '../../schema/entropy-summary.ts';
import { bootstrapMean } from '../../stats/bootstrap.ts';
import { keyedRandom } from '../../stats/random.ts';
import type { Study } from '../../study/study.ts';
import type { List } from './reading.ts';

/** Mean of every quantity at each place, counted from the start and from the end; clusters are topics. */
export function summarise(
  rows: readonly EntropyRow[],
  lists: ReadonlyMap<string, List>,
  { seed, bootstrap }: Pick<Study, 'seed' | 'bootstrap'>,
): SummaryRow[] {
  const places = Map.groupBy(
    rows.flatMap((row) => placesOf(row, lists.get(row.sample_id)!)),
    ({ key }) => key,
  );
  return [...places].flatMap(([key, observed]) => {
    const clusters = [...Map.groupBy(observed, ({ list }) => list.topic).values()];
    return QUANTITIES.filter((quantity) => observed[0]!.row[quantity] !== null).map((quantity) => ({
      ...observed[0]!.place,
      quantity,
      ...bootstrapMean(
        clusters.map((cluster) => cluster.map(({ row }) => row[quantity]!)),
        { ...bootstrap, random: keyedRandom(seed, `entropy ${key}`) },
      ),
    }));
  });
}

type Place = Pick<
  SummaryRow,
  'template' | 'condition' | 'position_kind' | 'item_index' | 'items_from_end'
>;

interface Observation {
  readonly key: string;
  readonly place: Place;
  readonly row: EntropyRow;
  readonly list: List;
}

/** The places that a row is counted at: its distance from the start, and from the end of a list that ended. */
function placesOf(row: EntropyRow, list: List): Observation[] {
  const { condition, position_kind, item_index, items_from_end } = row;
  const counted = [{ item_index, items_from_end: null }];
  const fromEnd = items_from_end === null ? [] : [{ item_index: null, items_from_end }];
  return [...counted, ...fromEnd].map((count) => {
    const place = { template: list.template, condition, position_kind, ...count };
    return { key: Object.values(place).join(' '), place, row, list };
  });
}
