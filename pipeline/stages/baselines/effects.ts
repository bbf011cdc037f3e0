import type { DamageRow } from '../../schema/ablation-damage.ts';
import type { DamageEffectRow } from '../../schema/ablation-damage-effects.ts';
import { type EffectRow, METRICS } from '../../schema/baseline-effects.ts';
import type { IntervalSettings } from '../../stats/cluster-mean.ts';
import {
  type ListPair,
  listDifferences,
  type MeasuredList,
  summariseDifferences,
} from '../differences.ts';
import { type ListRow, topicsById } from '../lists-by-id.ts';
import { metricEffect } from '../metric-effects.ts';
import type { Outcome } from './write-variants.ts';

/** A resampled list without an edit, as `8-ablate` wrote it; its cross-entropy is not measured. */
export type Resampled = MeasuredList<Omit<Outcome['row'], 'method' | 'cross_entropy'>>;

/**
 * How the lists of each method, layer and strength differ from the lists written with the same random draws and no edit;
 * clusters are topics.
 */
export function effectRows(
  outcomes: readonly Outcome[],
  resampled: readonly Resampled[],
  settings: IntervalSettings,
): EffectRow[] {
  const resampledOf = new Map(resampled.map((list) => [drawKey(list), list]));
  const baselines = outcomes.filter(({ row }) => row.method === 'baseline');
  const others = outcomes.filter(({ row }) => row.method !== 'baseline');
  const baselineOf = new Map(baselines.map((baseline) => [baseline.row.sample_id, baseline]));
  const groups = Map.groupBy(others, ({ row: { method, layer, strength } }) =>
    [method, layer, strength].join(' '),
  );
  return [...groups].flatMap(([key, group]) => {
    const ownDraws = group
      .filter(({ row }) => row.draw === null)
      .map((outcome) => ({ outcome, baseline: baselineOf.get(outcome.row.sample_id)! }));
    const further = group
      .filter(({ row }) => row.draw !== null)
      .map((outcome) => ({ outcome, baseline: resampledOf.get(drawKey(outcome))! }));
    const pairs: ListPair<Resampled['row']>[] = [...ownDraws, ...further];
    const { method, layer, strength } = group[0]!.row;
    return METRICS.flatMap((metric): EffectRow[] => {
      const name = `baseline effect ${key} ${metric}`;
      const summary =
        metric === 'cross_entropy'
          ? summariseDifferences(
              [listDifferences(ownDraws, crossEntropyOf, 'topic')],
              name,
              settings,
            )
          : metricEffect({ runs: [pairs], metric, cluster: 'topic', key: name }, settings);
      return summary === null ? [] : [{ method, layer, strength, metric, ...summary }];
    });
  });
}

const drawKey = ({ row }: Resampled): string => `${row.sample_id} ${row.draw}`;

const crossEntropyOf = ({ cross_entropy }: Outcome['row']): number => cross_entropy;

/** How the cross-entropy of answers under each SAE and arm differs from the baseline's; clusters are topics. */
export function damageEffectRows(
  rows: readonly DamageRow[],
  lists: readonly ListRow[],
  settings: IntervalSettings,
): DamageEffectRow[] {
  const topicOf = topicsById(lists);
  const baselines = rows.filter(({ arm }) => arm === 'baseline');
  const others = rows.filter(({ arm }) => arm !== 'baseline');
  const baselineOf = new Map(baselines.map((row) => [row.sample_id, row.cross_entropy]));
  const groups = Map.groupBy(others, ({ sae_id, arm }) => `${sae_id} ${arm}`);
  return [...groups].map(([key, group]) => {
    const { sae_id, protocol, arm } = group[0]!;
    const differences = group.map(({ sample_id, cross_entropy: value }) => ({
      cluster: topicOf.get(sample_id)!,
      value,
      difference: value - baselineOf.get(sample_id)!,
    }));
    const summary = summariseDifferences([differences], `ablation damage ${key}`, settings);
    return { sae_id, protocol, arm, ...summary };
  });
}
