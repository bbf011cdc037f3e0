import { type EffectRow, METRICS } from '../../schema/ablation-effects.ts';
import type { MetricRow } from '../../schema/ablation-metric.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { holmByFamily } from '../../stats/holm.ts';
import { summariseDifferences } from '../differences.ts';
import { metricEffect, type WrittenMetric } from '../metric-effects.ts';
import { comparisonOf, type Pair, type Unedited } from './comparisons.ts';
import type { MeasuredOutcome } from './outcome.ts';
import type { Target } from './target.ts';

type Group = Pick<EffectRow, 'sae_id' | 'protocol' | 'arm' | 'k'>;
/** Settings of intervals, and the study's k. */
export type EffectSettings = IntervalSettings & { readonly k: number };

/**
 * How the lists of each SAE, protocol, arm and k differ from unedited lists (`comparisonOf`). Clusters are topics; within
 * one topic, lists. Effects by topic only at the study's k, at which every list is written.
 */
export function effectRows(
  outcomes: readonly MeasuredOutcome[],
  unedited: Unedited,
  settings: EffectSettings,
): EffectRow[] {
  const pairOf = comparisonOf(unedited);
  const groups = Map.groupBy(outcomes, ({ row }) => groupKey(row));
  return [...groups.values()].flatMap((group) => {
    const pairs = group.map(pairOf);
    const { sae_id, protocol, arm, k } = group[0]!.row;
    const byTopic = isStudyDose(k, settings)
      ? Map.groupBy(pairs, ({ outcome }) => outcome.topic)
      : new Map<string, Pair[]>();
    return [[null, pairs] as const, ...byTopic].flatMap(([topic, topicPairs]) =>
      METRICS.flatMap((metric) =>
        metric === 'forced_metric'
          ? []
          : effectRow({ sae_id, protocol, arm, k, topic, metric }, topicPairs, settings),
      ),
    );
  });
}

/**
 * The same effects with the lists of all SAEs pooled, at the study's k, as the published exploration prints them by
 * topic. The diversities of a topic are left out: pooled lists of several SAEs would count each topic several times.
 */
export function pooledEffectRows(
  outcomes: readonly MeasuredOutcome[],
  unedited: Unedited,
  settings: EffectSettings,
): EffectRow[] {
  const pooled = outcomes
    .filter(({ row }) => row.sae_id !== null && isStudyDose(row.k, settings))
    .map((outcome) => ({ ...outcome, row: { ...outcome.row, sae_id: null } }));
  const rows = effectRows(pooled, unedited, settings);
  return rows.filter(({ metric }) => !metric.startsWith('topic_'));
}

/** The rows with the p-values of all SAEs adjusted together, by protocol, arm, k and metric; those by topic have none. */
export function adjustEffects(rows: readonly EffectRow[]): EffectRow[] {
  const adjusted = holmByFamily(rows, ({ sae_id, topic, protocol, arm, k, metric }) =>
    sae_id === null || topic !== null ? null : [protocol, arm, k, metric].join(' '),
  );
  return rows.map((row) => ({ ...row, p_adjusted: adjusted.get(row) ?? null }));
}

/** How the metric of the unchanged lists differs under each arm of one SAE that edits features. */
export function forcedEffectRows(
  rows: readonly MetricRow[],
  cleanMetrics: ReadonlyMap<Target, number>,
  settings: IntervalSettings,
): EffectRow[] {
  const clean = new Map(
    [...cleanMetrics].map(([{ list }, metric]) => [list.sample_id, { topic: list.topic, metric }]),
  );
  const groups = Map.groupBy(rows, groupKey);
  return [...groups].map(([key, group]) => {
    const { sae_id, protocol, arm, k } = group[0]!;
    const differences = group.map(({ sample_id, measured }) => {
      const { topic, metric } = clean.get(sample_id)!;
      return { cluster: topic, value: metric + measured, difference: measured };
    });
    const summary = summariseDifferences([differences], `forced effect ${key}`, settings);
    return {
      sae_id,
      topic: null,
      protocol,
      arm,
      k,
      metric: 'forced_metric',
      ...summary,
      p_adjusted: null,
    };
  });
}

/** Whether a dose is the study's k; arms without a dose count as such. */
const isStudyDose = (k: number | null, settings: EffectSettings): boolean =>
  k === null || k === settings.k;

const groupKey = ({ sae_id, protocol, arm, k }: Group): string =>
  [sae_id, protocol, arm, k].join(' ');

/** One effect, or none where it is undefined; the draws of the arm `resampled` are separate runs. */
function effectRow(
  effect: Group & { readonly topic: string | null; readonly metric: WrittenMetric },
  pairs: readonly Pair[],
  settings: IntervalSettings,
): EffectRow[] {
  const { topic, metric, arm } = effect;
  const byDraw = Map.groupBy(pairs, ({ outcome }) => outcome.row.draw);
  const runs = arm === 'resampled' ? [...byDraw.values()] : [pairs];
  const key = `ablation effect ${groupKey(effect)} ${topic} ${metric}`;
  const cluster = topic === null ? 'topic' : 'list';
  const summary = metricEffect({ runs, metric, cluster, key }, settings);
  return summary === null ? [] : [{ ...effect, ...summary, p_adjusted: null }];
}
