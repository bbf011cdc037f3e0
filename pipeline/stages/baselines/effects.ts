import type { DamageRow } from '../../schema/ablation-damage.ts';
import type { DamageEffectRow } from '../../schema/ablation-damage-effects.ts';
import { type EffectRow, METRICS, type Metric } from '../../schema/baseline-effects.ts';
import type { Estimate } from '../../stats/bootstrap.ts';
import { clusterMean, type IntervalSettings } from '../../stats/cluster-mean.ts';
import { variance } from '../../stats/variance.ts';
import { type Difference, pooled } from '../ablate/effects.ts';
import { type ListRow, topicsById } from '../lists-by-id.ts';
import type { Outcome } from './write-variants.ts';

/** How the lists of each method differ from their own baselines; clusters are topics. */
export function effectRows(outcomes: readonly Outcome[], settings: IntervalSettings): EffectRow[] {
  const [baselines, others] = separate(outcomes, ({ row }) => row.method === 'baseline');
  const baselineOf = new Map(baselines.map((outcome) => [outcome.row.sample_id, outcome]));
  const groups = Map.groupBy(others, ({ row: { method, layer, strength } }) =>
    [method, layer, strength].join(' '),
  );
  return [...groups].flatMap(([key, of]) => {
    const pairs = of.map((outcome) => ({
      outcome,
      baseline: baselineOf.get(outcome.row.sample_id)!,
    }));
    const { method, layer, strength } = of[0]!.row;
    return METRICS.map((metric): EffectRow => {
      const found = metric === 'topic_shannon_index' ? pooled(pairs) : differences(pairs, metric);
      const summary = summarise(found, `baseline effect ${key} ${metric}`, settings);
      return { method, layer, strength, metric, ...summary };
    });
  });
}

/** How the cross-entropy under each SAE and arm differs from the same lists' baseline. */
export function damageEffectRows(
  rows: readonly DamageRow[],
  lists: readonly ListRow[],
  settings: IntervalSettings,
): DamageEffectRow[] {
  const topicOf = topicsById(lists);
  const [baselines, others] = separate(rows, ({ arm }) => arm === 'baseline');
  const before = new Map(baselines.map((row) => [row.sample_id, row.cross_entropy]));
  const groups = Map.groupBy(others, ({ sae_id, arm }) => `${sae_id} ${arm}`);
  return [...groups].map(([key, of]) => {
    const { sae_id, protocol, arm } = of[0]!;
    const found = of.map(({ sample_id, cross_entropy: value }) => ({
      cluster: topicOf.get(sample_id)!,
      value,
      difference: value - before.get(sample_id)!,
    }));
    return { sae_id, protocol, arm, ...summarise(found, `ablation damage ${key}`, settings) };
  });
}

const separate = <T>(all: readonly T[], first: (one: T) => boolean): [T[], T[]] => [
  all.filter(first),
  all.filter((one) => !first(one)),
];

/** A list beside the one that it is compared with. */
interface Pair {
  readonly outcome: Outcome;
  readonly baseline: Outcome;
}

const differences = (
  pairs: readonly Pair[],
  metric: Exclude<Metric, 'topic_shannon_index'>,
): Difference[] =>
  pairs.map(({ outcome, baseline }) => {
    const value = Number(outcome.row[metric]);
    return { cluster: outcome.topic, value, difference: value - Number(baseline.row[metric]) };
  });

type Summary = Estimate & Pick<EffectRow, 'variance' | 'arm_mean'>;

const summarise = (
  found: readonly Difference[],
  key: string,
  settings: IntervalSettings,
): Summary => ({
  ...clusterMean(
    { rows: found, value: ({ difference }) => difference, cluster: ({ cluster }) => cluster },
    key,
    settings,
  ),
  variance: variance(found.map(({ difference }) => difference)),
  arm_mean: found.reduce((sum, { value }) => sum + value, 0) / found.length,
});
