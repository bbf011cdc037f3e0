import type { featureSummary } from '../../schema/feature-summary.ts';
import type { Row } from '../../schema/table.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { type ListRow, topicsById } from '../lists-by-id.ts';
import type { AttributionKey, AttributionTables } from './rows.ts';

/** Features of each SAE and metric in the summary. */
const SUMMARISED = 20;

type FeatureRow = AttributionTables['features'][number];

/**
 * The features with the largest mean attribution of each SAE and metric. The mean is over all attributed lists, 0 where
 * the feature is not among a list's largest; clusters are topics.
 */
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
    return largestFeatures(rows).map(([feature, featureRows], i) => {
      const { sae_id, metric } = featureRows[0]!;
      const values = new Map(featureRows.map((row) => [row.sample_id, row.attribution]));
      return {
        sae_id,
        metric,
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
        n_lists: featureRows.length,
        n_topics: new Set(featureRows.map(({ sample_id }) => topicOf.get(sample_id))).size,
      };
    });
  });
}

/** Features with their rows, by the magnitude of the summed attribution. */
const largestFeatures = (rows: readonly FeatureRow[]): [number, FeatureRow[]][] =>
  [...Map.groupBy(rows, ({ feature }) => feature)]
    .sort(([a, x], [b, y]) => magnitude(y) - magnitude(x) || a - b)
    .slice(0, SUMMARISED);

const magnitude = (rows: readonly FeatureRow[]): number =>
  Math.abs(rows.reduce((sum, { attribution }) => sum + attribution, 0));
