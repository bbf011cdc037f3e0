import type { audit, Quantity, Rule } from '../../../schema/released/audit.ts';
import type { Row } from '../../../schema/table.ts';
import { bootstrapOptions } from '../../../stats/bootstrap-options.ts';
import { clusterMean } from '../../../stats/cluster-mean.ts';
import { clusterShare } from '../../../stats/cluster-share.ts';
import type { IntervalSettings } from '../../../stats/estimate.ts';
import { bootstrapStatistic } from '../../../stats/percentile-bootstrap.ts';
import { type CountedItem, type CountedList, type Counts, countBlanks } from './counted-lists.ts';
import { epsilonSquared } from './statistics.ts';

type AuditRow = Row<typeof audit>;
/** A quantity that is averaged over lists or items. */
interface AveragedQuantity {
  readonly quantity: Quantity;
  readonly valuesOf: (list: Counts) => readonly number[];
  /** Whether the values are 0 or 1, and the mean a share. */
  readonly isShare: boolean;
  /** Whether it is also averaged within each topic. */
  readonly byTopic: boolean;
  readonly itemsFromEnd: number | null;
}

/** Distances from the end for which the share of blanks is reported. */
const DISTANCES = [0, 1, 2, 3, 4];

const AVERAGED: readonly AveragedQuantity[] = [
  averaged('items', ({ nItems }) => [nItems]),
  averaged('tokens_per_item', ({ items }) => items.map(({ tokens }) => tokens)),
  averaged('single_token', ({ items }) => items.map(({ isSingleToken }) => Number(isSingleToken)), {
    isShare: true,
  }),
  averaged('items_with_blank', ({ items }) => [countBlanks(items)]),
  averaged('repeats', ({ hasRepeats }) => [Number(hasRepeats)], { byTopic: false, isShare: true }),
  averaged('shannon_index', ({ shannon }) => [shannon]),
  averaged('only_last_blank', ({ items }) => onlyLastBlank(items), {
    byTopic: false,
    isShare: true,
  }),
  ...DISTANCES.map((itemsFromEnd) =>
    averaged('blank', ({ items }) => blanksAtDistance(items, itemsFromEnd), {
      byTopic: itemsFromEnd === 0,
      isShare: true,
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
  settings: IntervalSettings,
): AuditRow[] {
  return [
    ...AVERAGED.flatMap((quantity) => averageRows(cell, rule, quantity, settings)),
    ...BETWEEN_TOPICS.flatMap(([quantity, getValue]) => {
      const topics = [...Map.groupBy(cell, ({ topic }) => topic).values()];
      const values = topics.map((lists) => lists.map(({ counts }) => getValue(counts[rule])));
      const { template, temperature } = cell[0]!;
      const options = bootstrapOptions(
        settings,
        `audit ${template} ${temperature} ${rule} ${quantity}`,
      );
      const estimate = bootstrapStatistic(values, epsilonSquared, options);
      if (estimate === null) return [];
      const key = { quantity, rule, template, temperature, topic: null, items_from_end: null };
      return [{ ...key, ...estimate }];
    }),
  ];
}

function averageRows(
  cell: readonly CountedList[],
  rule: Rule,
  { quantity, valuesOf, byTopic, isShare, itemsFromEnd }: AveragedQuantity,
  settings: IntervalSettings,
): AuditRow[] {
  const { template, temperature } = cell[0]!;
  const topics = [...Map.groupBy(cell, ({ topic }) => topic)];
  const average = (topic: string | null, clusters: readonly (readonly CountedList[])[]) => {
    const rows = clusters.flatMap((lists, cluster) =>
      lists
        .flatMap(({ counts }) => valuesOf(counts[rule]))
        .map((value): Observation => ({ value, cluster })),
    );
    if (rows.length === 0) return [];
    const key = { quantity, rule, template, temperature, topic, items_from_end: itemsFromEnd };
    const observed = { rows, value: readValue, cluster: clusterOf };
    const estimate = isShare
      ? clusterShare(observed, settings)
      : clusterMean(observed, `audit ${Object.values(key).join(' ')}`, settings);
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

/** One value, with the number of its cluster. */
interface Observation {
  readonly value: number;
  readonly cluster: number;
}

const readValue = ({ value }: Observation): number => value;
const clusterOf = ({ cluster }: Observation): number => cluster;

function averaged(
  quantity: Quantity,
  valuesOf: AveragedQuantity['valuesOf'],
  { byTopic = true, isShare = false, itemsFromEnd = null as number | null } = {},
): AveragedQuantity {
  return { quantity, valuesOf, byTopic, isShare, itemsFromEnd };
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
