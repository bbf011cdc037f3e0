import {
  CIRCUIT_METRICS,
  type CircuitListEffectRow,
  type CircuitListRow,
} from '../../schema/circuit-lists.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import {
  type DifferenceSummary,
  type ListPair,
  listDifferences,
  RATIO_METRICS,
  summariseDifferences,
  summariseRatio,
} from '../differences.ts';

type Metric = CircuitListEffectRow['metric'];

/** What every edit does to lists, beside the baseline and beside random features on the same noise. */
export function listEffectRows(
  rows: readonly CircuitListRow[],
  topicOf: (sampleId: string) => string,
  settings: IntervalSettings,
): CircuitListEffectRow[] {
  const arms = Map.groupBy(rows, ({ arm, n_features }) => `${arm} ${n_features}`);
  const baseline = arms.get('baseline null') ?? [];
  return [...arms].flatMap(([key, lists]) => {
    const { arm, n_features } = lists[0]!;
    const random = arms.get(`random ${arm} ${n_features}`);
    return CIRCUIT_METRICS.map((metric): CircuitListEffectRow => {
      const compare = (others: readonly CircuitListRow[] | undefined) =>
        others && arm !== 'baseline'
          ? differenceOf(pairsOf(lists, others, topicOf), { metric, key }, settings)
          : null;
      const [change, beyond] = [compare(baseline), compare(random)];
      return {
        arm,
        n_features,
        metric,
        value: change?.arm_mean ?? valueOfArm(lists, metric),
        difference: change?.mean ?? null,
        ci_low: change?.ci_low ?? null,
        ci_high: change?.ci_high ?? null,
        beyond_random: beyond?.mean ?? null,
        beyond_low: beyond?.ci_low ?? null,
        beyond_high: beyond?.ci_high ?? null,
        n: lists.length,
      };
    });
  });
}

/** Lists and others of the same prompt and noise. */
function pairsOf(
  lists: readonly CircuitListRow[],
  others: readonly CircuitListRow[],
  topicOf: (sampleId: string) => string,
): ListPair<CircuitListRow>[] {
  const noiseOf = ({ sample_id, draw }: CircuitListRow) => `${sample_id} ${draw}`;
  const onNoise = new Map(others.map((row) => [noiseOf(row), row]));
  return lists.flatMap((row) => {
    const other = onNoise.get(noiseOf(row));
    if (!other) return [];
    const topic = topicOf(row.sample_id);
    return [{ outcome: { topic, row, items: [] }, baseline: { topic, row: other, items: [] } }];
  });
}

function differenceOf(
  pairs: readonly ListPair<CircuitListRow>[],
  { metric, key }: { readonly metric: Metric; readonly key: string },
  settings: IntervalSettings,
): DifferenceSummary | null {
  const named = `circuit lists ${key} ${metric} ${pairs[0]?.baseline.row.arm}`;
  if (pairs.length === 0) return null;
  if (metric === 'hazard' || metric === 'tokens_per_item')
    return summariseRatio(pairs, RATIO_METRICS[metric], named, { ...settings, cluster: 'topic' });
  return summariseDifferences([listDifferences(pairs, READ[metric], 'topic')], named, settings);
}

const READ = {
  n_items: ({ n_items }: CircuitListRow) => n_items,
  share_ended: ({ ended }: CircuitListRow) => Number(ended),
} as const;

function valueOfArm(lists: readonly CircuitListRow[], metric: Metric): number {
  const sum = (read: (row: CircuitListRow) => number) =>
    lists.reduce((total, row) => total + read(row), 0);
  if (metric === 'n_items' || metric === 'share_ended') return sum(READ[metric]) / lists.length;
  const { numerator, denominator } = RATIO_METRICS[metric];
  const items = sum(denominator);
  return items === 0 ? 0 : sum(numerator) / items;
}
