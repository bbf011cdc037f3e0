import type { exploration } from '../../schema/exploration.ts';
import type { itemCounts } from '../../schema/item-counts.ts';
import type { Row } from '../../schema/table.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import { clusterShare } from '../../stats/cluster-share.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import type { ListRow } from '../lists-by-id.ts';
import type { Observation } from './observations.ts';

/** The mean or share of a group with its interval. Clusters are topics; within one topic, lists. */
export function averageGroup(
  group: readonly Observation[],
  key: string,
  settings: IntervalSettings,
): Row<typeof exploration> {
  const { list, finding, metric, topic, itemsFromEnd, isShare } = group[0]!;
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
    ...(isShare ? clusterShare(observations, settings) : clusterMean(observations, key, settings)),
  };
}

/** How many lists of a cell have each number of items. */
export function lengthRows(cell: readonly ListRow[]): Row<typeof itemCounts>[] {
  const { template, temperature } = cell[0]!;
  const byLength = [...Map.groupBy(cell, ({ n_items }) => n_items)];
  return byLength
    .sort(([a], [b]) => a - b)
    .map(([n_items, lists]) => ({ template, temperature, n_items, n_lists: lists.length }));
}
