import { completions } from '../schema/completions.ts';
import { exploration, type Finding } from '../schema/exploration.ts';
import { itemCounts } from '../schema/item-counts.ts';
import { items } from '../schema/items.ts';
import type { Row } from '../schema/table.ts';
import { type BootstrapOptions, bootstrapMean } from '../stats/bootstrap.ts';
import { keyedRandom } from '../stats/random.ts';
import { defineStage } from './stage.ts';

type Completion = Row<typeof completions>;
type Item = Row<typeof items>;

/** Describe the lists: how long, of how many tokens, and what stands before their end. */
export const exploreStage = defineStage({
  name: '2-explore',
  source: import.meta.url,
  config: ['seed', 'bootstrap'],
  reads: [completions, items],
  writes: [exploration, itemCounts],

  async run({ study, read, write, progress }) {
    const lists = await read(completions);
    const itemsOf = Map.groupBy(await read(items), ({ sample_id }) => sample_id);
    const cells = [...Map.groupBy(lists, cellKey).values()];
    const rows: Row<typeof exploration>[] = [];
    for (const [i, cell] of cells.entries()) {
      const groups = Map.groupBy(observe(cell, itemsOf), groupKey);
      for (const [key, group] of groups)
        rows.push(average(group, { ...study.bootstrap, random: keyedRandom(study.seed, key) }));
      progress(i + 1, cells.length, 'cells');
    }
    write(exploration, rows);
    write(itemCounts, cells.flatMap(countLengths));
  },
});

const cellKey = ({ template, temperature }: Completion): string => `${template} t${temperature}`;

/** One value of one list or item, with the group that it is averaged in. */
interface Observation {
  readonly list: Completion;
  readonly finding: Finding;
  readonly metric: string;
  readonly value: number;
  readonly topic: string | null;
  readonly itemsFromEnd: number | null;
}

/** Everything that is averaged, once for all topics and once for its own topic. */
function observe(cell: readonly Completion[], itemsOf: ReadonlyMap<string, Item[]>): Observation[] {
  return cell.flatMap((list) => {
    const own = itemsOf.get(list.sample_id) ?? [];
    const ended = own.filter((item) => item.items_from_end !== null);
    return [
      ...everywhere(list, 'items_per_list', 'n_items', list.n_items),
      ...everywhere(list, 'repeats', 'n_repeats', list.n_repeats),
      ...everywhere(list, 'repeats', 'has_repeat', Number(list.n_repeats > 0)),
      ...everywhere(list, 'ended', 'ended', Number(list.ended)),
      ...own.flatMap((item) => everywhere(list, 'tokens_per_item', 'n_tokens', item.n_tokens)),
      ...ended.flatMap((item) => blanks(list, item)),
    ];
  });
}

const everywhere = (
  list: Completion,
  finding: Observation['finding'],
  metric: string,
  value: number,
  itemsFromEnd: number | null = null,
): Observation[] =>
  [null, list.topic].map((topic) => ({ list, finding, metric, value, topic, itemsFromEnd }));

/** By distance from the end over all topics; by topic for the last item only. */
const blanks = (list: Completion, { items_from_end, blank_after }: Item): Observation[] =>
  everywhere(list, 'blank_before_end', 'blank_after', Number(blank_after), items_from_end).filter(
    ({ topic }) => topic === null || items_from_end === 0,
  );

const groupKey = ({ list, finding, metric, topic, itemsFromEnd }: Observation): string =>
  ['explore', cellKey(list), finding, metric, topic, itemsFromEnd].join(' ');

/** Clusters are topics; within one topic, lists. */
function average(
  group: readonly Observation[],
  options: BootstrapOptions,
): Row<typeof exploration> {
  const { list, finding, metric, topic, itemsFromEnd } = group[0]!;
  const clusters = Map.groupBy(group, ({ list }) => (topic === null ? list.topic : list.sample_id));
  const values = [...clusters.values()].map((cluster) => cluster.map(({ value }) => value));
  return {
    finding,
    template: list.template,
    temperature: list.temperature,
    topic,
    items_from_end: itemsFromEnd,
    metric,
    ...bootstrapMean(values, options),
  };
}

function countLengths(cell: readonly Completion[]): Row<typeof itemCounts>[] {
  const { template, temperature } = cell[0]!;
  const lengths = [...Map.groupBy(cell, ({ n_items }) => n_items)];
  return lengths
    .sort(([a], [b]) => a - b)
    .map(([n_items, lists]) => ({ template, temperature, n_items, n_lists: lists.length }));
}
