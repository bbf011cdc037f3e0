import type { DamageRow } from '../../schema/ablation-damage.ts';
import type { DamageEffectRow } from '../../schema/ablation-damage-effects.ts';
import { STEERING_METHODS } from '../../schema/baseline-columns.ts';
import { type EffectRow, METRICS } from '../../schema/baseline-effects.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { holm, resamplesForHolm } from '../../stats/holm.ts';
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
 * clusters are topics. The p-values of steering vectors are adjusted together, over layers and strengths.
 */
export function effectRows(
  outcomes: readonly Outcome[],
  resampled: readonly Resampled[],
  settings: IntervalSettings,
): EffectRow[] {
  const vectors = new Set(
    outcomes
      .map(({ row }) => row)
      .filter(isVector)
      .map(conditionKey),
  );
  const resamples = resamplesForHolm(vectors.size, settings.bootstrap);
  const bootstrap = { ...settings.bootstrap, resamples };
  return adjustVectors(unadjustedRows(outcomes, resampled, { ...settings, bootstrap }));
}

/** A steering vector that is added: one of strength 0 changes nothing and tests nothing. */
const isVector = ({ method, strength }: Condition): boolean =>
  STEERING_METHODS.some((steering) => steering === method) && strength !== 0;

type Condition = Pick<EffectRow, 'method' | 'layer' | 'strength'>;
const conditionKey = ({ method, layer, strength }: Condition): string =>
  [method, layer, strength].join(' ');

/** The rows with `p_adjusted` by Holm's method over the steering vectors of each metric. */
function adjustVectors(rows: readonly EffectRow[]): EffectRow[] {
  const byMetric = Map.groupBy(rows.filter(isVector), ({ metric }) => metric);
  const adjusted = new Map(
    [...byMetric.values()].flatMap((family) => {
      const ps = holm(family.map(({ p }) => p));
      return family.map((row, i) => [row, ps[i]!] as const);
    }),
  );
  return rows.map((row) => (adjusted.has(row) ? { ...row, p_adjusted: adjusted.get(row)! } : row));
}

/** @returns with p itself as `p_adjusted` */
function unadjustedRows(
  outcomes: readonly Outcome[],
  resampled: readonly Resampled[],
  settings: IntervalSettings,
): EffectRow[] {
  const resampledOf = new Map(resampled.map((list) => [drawKey(list), list]));
  const baselines = outcomes.filter(({ row }) => row.method === 'baseline');
  const others = outcomes.filter(({ row }) => row.method !== 'baseline');
  const baselineOf = new Map(baselines.map((baseline) => [baseline.row.sample_id, baseline]));
  const groups = Map.groupBy(others, ({ row }) => conditionKey(row));
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
      if (summary === null) return [];
      return [{ method, layer, strength, metric, ...summary, p_adjusted: summary.p }];
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
