import type { tupleCounts } from '../../schema/released/tuple-counts.ts';
import type { Row } from '../../schema/table.ts';
import type { Cell } from '../cluster/map-sae.ts';
import { type ItemRow, type ListRow, prefixLength, topicsById } from '../lists-by-id.ts';
import type { TupleRow } from './tuple-rows.ts';

/** What the lists of the tuples are divided into. */
export interface TupleLists {
  /** By `sample_id`. */
  readonly topicOf: ReadonlyMap<string, string>;
  /** Tokens of the prompt, by `sample_id`. */
  readonly promptLengths: ReadonlyMap<string, number>;
  /** Tokens up to and including the last item's marker, by `sample_id`. */
  readonly prefixLengths: ReadonlyMap<string, number>;
}

/** @param lastItems by `sample_id` */
export const tupleLists = (
  lists: readonly ListRow[],
  lastItems: ReadonlyMap<string, ItemRow>,
): TupleLists => ({
  topicOf: topicsById(lists),
  promptLengths: new Map(lists.map((list) => [list.sample_id, list.n_prompt_tokens])),
  prefixLengths: new Map([...lastItems].map(([id, item]) => [id, prefixLength(item)])),
});

/**
 * How many tuples and features one file and SAE have, and how the tuples divide among the first token, the rest of the
 * prompt, the list up to the last item's marker, and what follows it.
 * @param is_again whether an earlier file has them all
 */
export function countRow(
  rows: readonly TupleRow[],
  lists: TupleLists,
  is_again: boolean,
): Row<typeof tupleCounts> {
  const { topicOf } = lists;
  const topicCounts = [...Map.groupBy(rows, ({ feature }) => feature).values()].map(
    (featureRows) => new Set(featureRows.map(({ sample_id }) => topicOf.get(sample_id))).size,
  );
  const allTopics = new Set(topicOf.values()).size;
  const { file, sae_id, metric } = rows[0]!;
  return {
    file,
    sae_id,
    metric,
    n_lists: new Set(rows.map(({ sample_id }) => sample_id)).size,
    n_tuples: rows.length,
    is_again,
    n_features: topicCounts.length,
    n_features_everywhere: topicCounts.filter((n) => n === allTopics).length,
    n_features_one_topic: topicCounts.filter((n) => n === 1).length,
    ...countParts(rows, lists),
  };
}

/** How many tuples are at the first token, in the rest of the prompt, in the list before the last item, and after. */
export function countParts(
  rows: readonly TupleRow[],
  { promptLengths, prefixLengths }: Pick<TupleLists, 'promptLengths' | 'prefixLengths'>,
): Pick<Row<typeof tupleCounts>, 'n_first' | 'n_prompt' | 'n_list' | 'n_last_item'> {
  const countBetween = (start: (row: TupleRow) => number, end: (row: TupleRow) => number) =>
    rows.filter((row) => row.pos >= start(row) && row.pos < end(row)).length;
  const promptEnd = ({ sample_id }: TupleRow) => promptLengths.get(sample_id)!;
  const prefixEnd = ({ sample_id }: TupleRow) => prefixLengths.get(sample_id)!;
  return {
    n_first: rows.filter(({ pos }) => pos === 0).length,
    n_prompt: countBetween(() => 1, promptEnd),
    n_list: countBetween(promptEnd, prefixEnd),
    n_last_item: countBetween(prefixEnd, () => Number.POSITIVE_INFINITY),
  };
}

/** Remembers the tuples of files. @returns a function that says of more whether all of them are known already */
export function knownTuples(): (rows: readonly TupleRow[]) => boolean {
  const known = new Set<string>();
  return (rows) => {
    const keys = rows.map(({ sample_id, sae_id, metric, pos, feature }) =>
      [sample_id, sae_id, metric, pos, feature].join(' '),
    );
    const areKnown = keys.every((key) => known.has(key));
    for (const key of keys) known.add(key);
    return areKnown;
  };
}

/** A feature in fewer lists is not mapped: its column would be nearly empty. */
const MIN_LISTS = 3;

/** The cells of a map: how many tuples each feature has in each list. */
export const countCells = (rows: readonly TupleRow[]): Cell[] =>
  [...Map.groupBy(rows, ({ feature }) => feature)].flatMap(([feature, featureRows]) => {
    const byList = [...Map.groupBy(featureRows, ({ sample_id }) => sample_id)];
    if (byList.length < MIN_LISTS) return [];
    return byList.map(([sample_id, { length }]) => ({ sample_id, feature, value: length }));
  });
