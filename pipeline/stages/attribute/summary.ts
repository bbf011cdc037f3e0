import type { Path } from '../../schema/attribution-columns.ts';
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

/** What lists have of SAEs, part by part. It is gone through twice, so that memory need not hold it. */
export type FoundParts = Iterable<Pick<AttributionTables, 'features' | 'sums'>>;

/**
 * The features with the largest mean attribution of each SAE and metric. The mean is over all attributed lists, 0 where
 * the feature is not among a list's largest; clusters are topics.
 * @param found all that the lists have of some SAEs
 */
export function summarise(
  found: FoundParts,
  lists: readonly ListRow[],
  { attribution, ...settings }: IntervalSettings & Pick<Settings, 'attribution'>,
): Row<typeof featureSummary>[] {
  const topicOf = topicsById(lists);
  const path = rankingPath(attribution);
  const { method = 'gradient' } = attribution;
  const attributed = attributedLists(found, path);
  return [...largestOfGroups(found)].flatMap(([group, largest]) => {
    const meanOf = meansOver(attributed.get(group)!, topicOf, settings);
    return [...largest].map(([feature, featureRows], i) => {
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

const groupOf = ({ sae_id, metric }: AttributionKey) => `${sae_id} ${metric}`;

/** The lists that are attributed along a path, by SAE and metric. */
function attributedLists(found: FoundParts, path: Path): Map<string, string[]> {
  const lists = new Map<string, string[]>();
  for (const { sums } of found)
    for (const sum of sums.filter((one) => one.path === path)) {
      const known = lists.get(groupOf(sum)) ?? [];
      lists.set(groupOf(sum), known);
      known.push(sum.sample_id);
    }
  return lists;
}

/** Of each SAE and metric the features with the largest magnitudes of their summed attribution, with their rows, largest first. */
function largestOfGroups(found: FoundParts): Map<string, Map<number, FeatureRow[]>> {
  const sums = new Map<string, Map<number, number>>();
  for (const { features } of found)
    for (const row of features) {
      const ofGroup = sums.get(groupOf(row)) ?? new Map<number, number>();
      sums.set(groupOf(row), ofGroup);
      ofGroup.set(row.feature, (ofGroup.get(row.feature) ?? 0) + row.attribution);
    }
  const largest = new Map(
    [...sums].map(([group, ofGroup]) => [
      group,
      new Map(largestFeatures(ofGroup).map((feature) => [feature, [] as FeatureRow[]])),
    ]),
  );
  for (const { features } of found)
    for (const row of features) largest.get(groupOf(row))!.get(row.feature)?.push(row);
  return largest;
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

/** Features by the magnitude of the summed attribution. */
const largestFeatures = (sums: ReadonlyMap<number, number>): number[] =>
  [...sums]
    .sort(([a, x], [b, y]) => Math.abs(y) - Math.abs(x) || a - b)
    .slice(0, SUMMARISED)
    .map(([feature]) => feature);
