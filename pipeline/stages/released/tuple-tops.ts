import type { tupleTops } from '../../schema/released/tuple-tops.ts';
import type { Row } from '../../schema/table.ts';
import type { TupleRow } from './tuple-rows.ts';

/** Features listed for each topic and order. */
const TOP = 10;

/** The features of each topic with the smallest ids, and those with the most tuples; position 0 is left out. */
export function topRows(
  rows: readonly TupleRow[],
  topicOf: ReadonlyMap<string, string>,
): Row<typeof tupleTops>[] {
  const { file, sae_id } = rows[0]!;
  const afterFirst = rows.filter(({ pos }) => pos > 0);
  const byTopic = Map.groupBy(afterFirst, ({ sample_id }) => topicOf.get(sample_id)!);
  return [...byTopic].map(([topic, topicRows]) => {
    const byFeature = [...Map.groupBy(topicRows, ({ feature }) => feature)];
    const counts = byFeature.map(([feature, { length }]): FeatureCount => [feature, length]);
    return {
      file,
      sae_id,
      topic,
      smallest: firstFeatures(counts, ([a], [b]) => a - b),
      most_frequent: firstFeatures(counts, ([a, n], [b, m]) => m - n || a - b),
    };
  });
}

type FeatureCount = readonly [feature: number, tuples: number];

const firstFeatures = (
  counts: readonly FeatureCount[],
  order: (a: FeatureCount, b: FeatureCount) => number,
): number[] =>
  counts
    .toSorted(order)
    .slice(0, TOP)
    .map(([feature]) => feature);
