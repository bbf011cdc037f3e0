import type { featureSummary } from '../../schema/feature-summary.ts';
import type { Row } from '../../schema/table.ts';
import { clusterMean, type IntervalSettings } from '../../stats/cluster-mean.ts';
import { type ListRow, topicsById } from '../lists-by-id.ts';
import type { AttributionKey, AttributionTables } from './rows.ts';

/** Features of each SAE in the summary. */
const SUMMARISED = 20;

/** The features with the largest mean attribution of each SAE and metric; clusters are topics. */
export function summarise(
  { features, sums }: Pick<AttributionTables, 'features' | 'sums'>,
  lists: readonly ListRow[],
  settings: IntervalSettings,
): Row<typeof featureSummary>[] {
  const topicOf = topicsById(lists);
  const groupOf = ({ sae_id, metric }: AttributionKey) => `${sae_id} ${metric}`;
  const attributed = Map.groupBy(sums, groupOf);
  return [...Map.groupBy(features, groupOf)].flatMap(([group, rows]) => {
    const samples = attributed.get(group)!.map(({ sample_id }) => sample_id);
    const total = (of: readonly { attribution: number }[]) =>
      Math.abs(of.reduce((sum, { attribution }) => sum + attribution, 0));
    const largest = [...Map.groupBy(rows, ({ feature }) => feature)]
      .sort(([a, x], [b, y]) => total(y) - total(x) || a - b)
      .slice(0, SUMMARISED);
    return largest.map(([feature, of], i) => {
      const values = new Map(of.map(({ sample_id, attribution }) => [sample_id, attribution]));
      return {
        sae_id: of[0]!.sae_id,
        metric: of[0]!.metric,
        feature,
        rank: i + 1,
        ...clusterMean(
          {
            rows: samples,
            value: (id) => values.get(id) ?? 0,
            cluster: (id) => topicOf.get(id),
          },
          `attribution ${group} ${feature}`,
          settings,
        ),
        n_lists: of.length,
        n_topics: new Set(of.map(({ sample_id }) => topicOf.get(sample_id))).size,
      };
    });
  });
}
