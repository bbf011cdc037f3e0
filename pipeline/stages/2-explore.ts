import { completions } from '../schema/completions.ts';
import { exploration, type Finding } from '../schema/exploration.ts';
import { itemCounts } from '../schema/item-counts.ts';
import { items } from '../schema/items.ts';
import type { Row } from '../schema/table.ts';
import { clusterMean, type IntervalSettings } from '../stats/cluster-mean.ts';
import { defineStage } from './define.ts';
import { byList, type ItemRow, type ListRow } from './lists-by-id.ts';

/** Describe the lists: how long, of how many tokens, and what stands before their end. */
export const exploreStage = defineStage({
  name: '2-explore',
  source: import.meta.url,
  settings: ['seed', 'bootstrap'],
  needs: [],
  reads: [completions, items],
  writes: [exploration, itemCounts],

  async run({ study, read, write, progress }) {
    const lists = await read(completions);
    const itemsOf = byList(await read(items));
    const cells = [...Map.groupBy(lists, cellKey).values()];
    const rows: Row<typeof exploration>[] = [];
    for (const [i, cell] of cells.entries()) {
      const groups = Map.groupBy(observe(cell, itemsOf), groupKey);
      for (const [key, group] of groups) rows.push(average(group, key, study));
      progress(i + 1, cells.length, 'cells');
    }
    write(exploration, rows);
    write(itemCounts, cells.flatMap(countLengths));
  },
});

const cellKey = ({ template, temperature }: ListRow): string => `${template} t${temperature}`;

/** One value of one list or item, with the group that it is averaged in. */
interface Observation {
  readonly list: ListRow;
  readonly finding: Finding;
  readonly metric: string;
  readonly value: number;
  readonly topic: string | null;
  readonly itemsFromEnd: number | null;
}

/** Everything that is averaged, once for all topics and once for its own topic. */
function observe(cell: readonly ListRow[], itemsOf: ReadonlyMap<string, ItemRow[]>): Observation[] {
  return cell.flatMap((list) => {
    const own = itemsOf.get(list.sample_id) ?? [];
    const ended = own.filter((item) => item.items_from_end !== null);
    const of = (finding: Finding, metric: string, value: number) =>
      everywhere(list, { finding, metric, value });
    return [
      ...of('items_per_list', 'n_items', list.n_items),
      ...of('repeats', 'n_repeats', list.n_repeats),
      ...of('repeats', 'has_repeat', Number(list.n_repeats > 0)),
      ...of('ended', 'ended', Number(list.ended)),
      ...own.flatMap(({ n_tokens }) => of('tokens_per_item', 'n_tokens', n_tokens)),
      ...ended.flatMap((item) => blanks(list, item)),
    ];
  });
}

type Value = Pick<Observation, 'finding' | 'metric' | 'value'> &
  Partial<Pick<Observation, 'itemsFromEnd'>>;

/** Once for all topics, and once for its own. */
const everywhere = (list: ListRow, value: Value): Observation[] =>
  [null, list.topic].map((topic) => ({ list, topic, itemsFromEnd: null, ...value }));

/** By distance from the end over all topics; by topic for the last item only. */
const blanks = (list: ListRow, { items_from_end, blank_after }: ItemRow): Observation[] =>
  everywhere(list, {
    finding: 'blank_before_end',
    metric: 'blank_after',
    value: Number(blank_after),
    itemsFromEnd: items_from_end,
  }).filter(({ topic }) => topic === null || items_from_end === 0);

const groupKey = ({ list, finding, metric, topic, itemsFromEnd }: Observation): string =>
  ['explore', cellKey(list), finding, metric, topic, itemsFromEnd].join(' ');

/** Clusters are topics; within one topic, lists. */
function average(
  group: readonly Observation[],
  key: string,
  settings: IntervalSettings,
): Row<typeof exploration> {
  const { list, finding, metric, topic, itemsFromEnd } = group[0]!;
  const observations = {
    rows: group,
    value: ({ value }: Observation) => value,
    cluster: ({ list }: Observation) => (topic === null ? list.topic : list.sample_id),
  };
  return {
    finding,
    template: list.template,
    temperature: list.temperature,
    topic,
    items_from_end: itemsFromEnd,
    metric,
    ...clusterMean(observations, key, settings),
  };
}

function countLengths(cell: readonly ListRow[]): Row<typeof itemCounts>[] {
  const { template, temperature } = cell[0]!;
  const lengths = [...Map.groupBy(cell, ({ n_items }) => n_items)];
  return lengths
    .sort(([a], [b]) => a - b)
    .map(([n_items, lists]) => ({ template, temperature, n_items, n_lists: lists.length }));
}
