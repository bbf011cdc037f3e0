import type { featureSummary } from '../../schema/feature-summary.ts';
import type { Row } from '../../schema/table.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import type { Settings } from '../../study/study.ts';
import { type ListRow, topicsById } from '../lists-by-id.ts';
import { rankingPath } from './readings.ts';
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
  { attribution, ...settings }: IntervalSettings & Pick<Settings, 'attribution'>,
): Row<typeof featureSummary>[] {
  const topicOf = topicsById(lists);
  const path = rankingPath(attribution);
  const { method = 'gradient' } = attribution;
  const groupOf = ({ sae_id, metric }: AttributionKey) => `${sae_id} ${metric}`;
  const attributed = Map.groupBy(
    sums.filter((sum) => sum.path === path),
    groupOf,
  );
  return [...Map.groupBy(features, groupOf)].flatMap(([group, rows]) => {
    const samples = attributed.get(group)!.map(({ sample_id }) => sample_id);
    const meanOf = meansOver(samples, topicOf, settings);
    return largestFeatures(rows).map(([feature, featureRows], i) => {
      const { sae_id, metric } = featureRows[0]!;
      const gradient = meanOf(featureRows, 'gradient', `gradient ${group} ${feature}`);
      return {
        sae_id,
        metric,
        method,
        path,
        feature,
        rank: i + 1,
        ...meanOf(featureRows, 'attribution', `attribution ${group} ${feature}`),
        gradient: gradient.mean,
        gradient_low: gradient.ci_low,
        gradient_high: gradient.ci_high,
        n_lists: featureRows.length,
        n_topics: new Set(featureRows.map(({ sample_id }) => topicOf.get(sample_id))).size,
      };
    });
  });
}

/** The mean of one column of a feature's rows over lists, 0 in those that have none, with an interval over topics. */
const meansOver =
  (samples: readonly string[], topicOf: ReadonlyMap<string, string>, settings: IntervalSettings) =>
  (rows: readonly FeatureRow[], column: 'attribution' | 'gradient', key: string) => {
    const values = new Map(rows.map((row) => [row.sample_id, row[column]]));
    const value = (id: string) => values.get(id) ?? 0;
    const cluster = (id: string) => topicOf.get(id);
    return clusterMean({ rows: samples, value, cluster }, key, settings);
  };

/** Features with their rows, by the magnitude of the summed attribution. */
const largestFeatures = (rows: readonly FeatureRow[]): [number, FeatureRow[]][] =>
  [...Map.groupBy(rows, ({ feature }) => feature)]
    .sort(([a, x], [b, y]) => magnitude(y) - magnitude(x) || a - b)
    .slice(0, SUMMARISED);

const magnitude = (rows: readonly FeatureRow[]): number =>
  Math.abs(rows.reduce((sum, { attribution }) => sum + attribution, 0));
