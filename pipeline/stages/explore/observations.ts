import type { Finding } from '../../schema/exploration.ts';
import type { ItemRow, ListRow } from '../lists-by-id.ts';

/** One value of one list or item, with the group in which it is averaged. */
export interface Observation {
  readonly list: ListRow;
  readonly finding: Finding;
  readonly metric: string;
  readonly value: number;
  /** Whether the value is 0 or 1, and the mean a share. */
  readonly isShare: boolean;
  /** Null in the group of all topics. */
  readonly topic: string | null;
  readonly itemsFromEnd: number | null;
}

/** A cell is the lists of one template and temperature. */
export const cellKey = ({ template, temperature }: ListRow): string =>
  `${template} t${temperature}`;

export const groupKey = ({ list, finding, metric, topic, itemsFromEnd }: Observation): string =>
  ['explore', cellKey(list), finding, metric, topic, itemsFromEnd].join(' ');

/** What is known of lists beside their own rows. */
export interface ListParts {
  /** By `sample_id`. */
  readonly itemsOf: ReadonlyMap<string, ItemRow[]>;
  /** The `sample_id` of each list with indented items. */
  readonly nested: ReadonlySet<string>;
}

/** All observations of a cell. Each counts twice: in the group of all topics and in that of its own topic. */
export const observeCell = (
  cell: readonly ListRow[],
  { itemsOf, nested }: ListParts,
): Observation[] =>
  cell.flatMap((list) => {
    const items = itemsOf.get(list.sample_id) ?? [];
    const observe = (finding: Finding, metric: string, value: number) =>
      pooledAndByTopic(list, { finding, metric, value, isShare: false });
    const observeShare = (finding: Finding, metric: string, holds: boolean) =>
      pooledAndByTopic(list, { finding, metric, value: Number(holds), isShare: true });
    return [
      ...observe('items_per_list', 'n_items', list.n_items),
      ...observe('repeats', 'n_repeats', list.n_repeats),
      ...observeShare('repeats', 'has_repeat', list.n_repeats > 0),
      ...observeShare('ended', 'ended', list.ended),
      ...observeShare('loops', 'loops', list.loops),
      ...(list.loops ? [] : observe('loops', 'n_items', list.n_items)),
      ...observeShare('nested', 'nested', nested.has(list.sample_id)),
      ...(nested.has(list.sample_id) ? [] : observe('nested', 'n_items_flat', list.n_items)),
      ...items.flatMap(({ n_tokens }) => observe('tokens_per_item', 'n_tokens', n_tokens)),
      ...items.flatMap((item) => observeBlank(list, item)),
    ];
  });

type Value = Pick<Observation, 'finding' | 'metric' | 'value' | 'isShare'> &
  Partial<Pick<Observation, 'itemsFromEnd'>>;

/** The same value in the group of all topics and in that of the list's topic. */
const pooledAndByTopic = (list: ListRow, value: Value): Observation[] =>
  [null, list.topic].map((topic) => ({ list, topic, itemsFromEnd: null, ...value }));

/** In a list that ended: over all topics by distance from the end, by topic for the last item only. */
function observeBlank(list: ListRow, { items_from_end, blank_after }: ItemRow): Observation[] {
  if (items_from_end === null) return [];
  const observations = pooledAndByTopic(list, {
    finding: 'blank_before_end',
    metric: 'blank_after',
    value: Number(blank_after),
    isShare: true,
    itemsFromEnd: items_from_end,
  });
  return observations.filter(({ topic }) => topic === null || items_from_end === 0);
}
