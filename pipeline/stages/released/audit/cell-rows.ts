import type { audit, Quantity, Rule } from '../../../schema/released/audit.ts';
import type { Row } from '../../../schema/table.ts';
import { type BootstrapOptions, bootstrapStatistic } from '../../../stats/bootstrap.ts';
import { type CountedItem, type CountedList, type Counts, countBlanks } from './counted-lists.ts';
import { epsilonSquared, meanOf } from './statistics.ts';

type AuditRow = Row<typeof audit>;
/** Bootstrap options whose random draws are named by a key. */
export type KeyedBootstrap = (key: string) => BootstrapOptions;

/** A quantity that is averaged over lists or items. */
interface AveragedQuantity {
  readonly quantity: Quantity;
  readonly valuesOf: (list: Counts) => readonly number[];
  /** Whether it is also averaged within each topic. */
  readonly byTopic: boolean;
  readonly itemsFromEnd: number | null;
}

/** Distances from the end for which the share of blanks is reported. */
const DISTANCES = [0, 1, 2, 3, 4];

const AVERAGED: readonly AveragedQuantity[] = [
  averaged('items', ({ nItems }) => [nItems]),
  averaged('tokens_per_item', ({ items }) => items.map(({ tokens }) => tokens)),
  averaged('single_token', ({ items }) => items.map(({ isSingleToken }) => Number(isSingleToken))),
  averaged('items_with_blank', ({ items }) => [countBlanks(items)]),
  averaged('repeats', ({ hasRepeats }) => [Number(hasRepeats)], { byTopic: false }),
  averaged('shannon_index', ({ shannon }) => [shannon]),
  averaged('only_last_blank', ({ items }) => onlyLastBlank(items), { byTopic: false }),
  ...DISTANCES.map((itemsFromEnd) =>
    averaged('blank', ({ items }) => blanksAtDistance(items, itemsFromEnd), {
      byTopic: itemsFromEnd === 0,
      itemsFromEnd,
    }),
  ),
];

/** Quantities whose variance is split into a part between topics and a part within them. */
const BETWEEN_TOPICS: readonly (readonly [Quantity, (list: Counts) => number])[] = [
  ['between_topics_items', ({ nItems }) => nItems],
  ['between_topics_blanks', ({ items }) => countBlanks(items)],
];

/**
 * The quantities of one template and temperature, counted by one rule. Over all topics, topics are resampled; within
 * one topic, lists.
 */
export function cellRows(
  cell: readonly CountedList[],
  rule: Rule,
  bootstrap: KeyedBootstrap,
): AuditRow[] {
  return [
    ...AVERAGED.flatMap((quantity) => averageRows(cell, rule, quantity, bootstrap)),
    ...BETWEEN_TOPICS.flatMap(([quantity, getValue]) => {
      const topics = [...Map.groupBy(cell, ({ topic }) => topic).values()];
      const values = topics.map((lists) => lists.map(({ counts }) => getValue(counts[rule])));
      const options = bootstrap(`${rule} ${quantity}`);
      const estimate = bootstrapStatistic(values, epsilonSquared, options);
      if (estimate === null) return [];
      const { template, temperature } = cell[0]!;
      const key = { quantity, rule, template, temperature, topic: null, items_from_end: null };
      return [{ ...key, ...estimate }];
    }),
  ];
}

function averageRows(
  cell: readonly CountedList[],
  rule: Rule,
  { quantity, valuesOf, byTopic, itemsFromEnd }: AveragedQuantity,
  bootstrap: KeyedBootstrap,
): AuditRow[] {
  const { template, temperature } = cell[0]!;
  const topics = [...Map.groupBy(cell, ({ topic }) => topic)];
  const average = (topic: string | null, clusters: readonly (readonly CountedList[])[]) => {
    const values = clusters.map((lists) => lists.flatMap(({ counts }) => valuesOf(counts[rule])));
    const options = bootstrap(`${rule} ${quantity} ${topic} ${itemsFromEnd}`);
    const estimate = bootstrapStatistic(values, meanOf, options);
    if (estimate === null) return [];
    const key = { quantity, rule, template, temperature, topic, items_from_end: itemsFromEnd };
    return [{ ...key, ...estimate }];
  };
  const ofAllTopics = average(
    null,
    topics.map(([, lists]) => lists),
  );
  if (!byTopic) return ofAllTopics;
  const ofEachTopic = topics.flatMap(([topic, lists]) =>
    average(
      topic,
      lists.map((list) => [list]),
    ),
  );
  return [...ofAllTopics, ...ofEachTopic];
}

function averaged(
  quantity: Quantity,
  valuesOf: AveragedQuantity['valuesOf'],
  { byTopic = true, itemsFromEnd = null as number | null } = {},
): AveragedQuantity {
  return { quantity, valuesOf, byTopic, itemsFromEnd };
}

const blanksAtDistance = (items: readonly CountedItem[], distance: number): number[] =>
  items.filter(({ fromEnd }) => fromEnd === distance).map(({ hasBlank }) => Number(hasBlank));

/** Whether the last item alone has a blank; no value if the list did not end or has no blank. */
function onlyLastBlank(items: readonly CountedItem[]): number[] {
  const last = items.find(({ fromEnd }) => fromEnd === 0);
  const blanks = countBlanks(items);
  if (last === undefined || blanks === 0) return [];
  return [Number(last.hasBlank && blanks === 1)];
}
