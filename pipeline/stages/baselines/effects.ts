import type { DamageRow } from '../../schema/ablation-damage.ts';
import type { DamageEffectRow } from '../../schema/ablation-damage-effects.ts';
import { STEERING_METHODS } from '../../schema/baseline-columns.ts';
import { type EffectRow, METRICS } from '../../schema/baseline-effects.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { holmByFamily, resamplesForHolm } from '../../stats/holm.ts';
import {
  type DifferenceSummary,
  type ListPair,
  type MeasuredList,
  summariseDifferences,
} from '../differences.ts';
import { type ListRow, topicsById } from '../lists-by-id.ts';
import { metricEffect } from '../metric-effects.ts';
import type { Outcome } from './write-variants.ts';

/** A resampled list without an edit, as `8-ablate` wrote it; its cross-entropy is not measured. */
export type Resampled = MeasuredList<Omit<Outcome['row'], 'method' | 'cross_entropy'>>;

/** What lists that a method changed are compared with. */
export interface Unedited {
  /** Written without an edit, on other noise. */
  readonly resampled: readonly Resampled[];
  /** The cross-entropy of the first of these by `sample_id`, where it was measured. */
  readonly crossEntropies: ReadonlyMap<string, number>;
}

/**
 * How the lists of each method, layer and strength differ from unedited lists on other noise, or on their own where they
 * are written on it; clusters are topics. The p-values of steering vectors are adjusted together, over layers and strengths.
 */
export function effectRows(
  outcomes: readonly Outcome[],
  unedited: Unedited,
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
  return adjustVectors(unadjustedRows(outcomes, unedited, { ...settings, bootstrap }));
}

/** A steering vector that is added: one of strength 0 changes nothing and tests nothing. */
const isVector = ({ method, strength }: Condition): boolean =>
  STEERING_METHODS.some((steering) => steering === method) && strength !== 0;

type Condition = Pick<EffectRow, 'method' | 'layer' | 'strength'>;
const conditionKey = ({ method, layer, strength }: Condition): string =>
  [method, layer, strength].join(' ');

/** The rows with `p_adjusted` by Holm's method over the steering vectors of each metric. */
function adjustVectors(rows: readonly EffectRow[]): EffectRow[] {
  const adjusted = holmByFamily(rows, (row) => (isVector(row) ? row.metric : null));
  return rows.map((row) => ({ ...row, p_adjusted: adjusted.get(row) ?? row.p }));
}

/** @returns with p itself as `p_adjusted` */
function unadjustedRows(
  outcomes: readonly Outcome[],
  { resampled, crossEntropies }: Unedited,
  settings: IntervalSettings,
): EffectRow[] {
  const resampledOf = new Map(resampled.map((list) => [drawKey(list), list]));
  const baselines = outcomes.filter(({ row }) => row.method === 'baseline');
  const others = outcomes.filter(({ row }) => row.method !== 'baseline');
  const baselineOf = new Map(baselines.map((baseline) => [baseline.row.sample_id, baseline]));
  const crossEntropyBefore = ({ row }: Outcome): number | undefined =>
    row.draw === null
      ? baselineOf.get(row.sample_id)!.row.cross_entropy
      : crossEntropies.get(row.sample_id);
  const groups = Map.groupBy(others, ({ row }) => conditionKey(row));
  return [...groups].flatMap(([key, group]) => {
    const pairs = group.map((outcome): ListPair<Resampled['row']> => {
      const isOwn = outcome.row.draw === null;
      const own = baselineOf.get(outcome.row.sample_id)!;
      return { outcome, baseline: isOwn ? own : resampledOf.get(drawKey(outcome))! };
    });
    const { method, layer, strength } = group[0]!.row;
    return METRICS.flatMap((metric): EffectRow[] => {
      const name = `baseline effect ${key} ${metric}`;
      const summary =
        metric === 'cross_entropy'
          ? crossEntropyEffect(group, crossEntropyBefore, { name, settings })
          : metricEffect({ runs: [pairs], metric, cluster: 'topic', key: name }, settings);
      if (summary === null) return [];
      return [{ method, layer, strength, metric, ...summary, p_adjusted: summary.p }];
    });
  });
}

const drawKey = ({ row }: Resampled): string => `${row.sample_id} ${row.draw}`;

/** Of the first draw, of the lists whose unedited one was measured; null where there are none. */
function crossEntropyEffect(
  group: readonly Outcome[],
  before: (list: Outcome) => number | undefined,
  { name, settings }: { readonly name: string; readonly settings: IntervalSettings },
): DifferenceSummary | null {
  const differences = group
    .filter(({ row }) => row.draw === null || row.draw === 0)
    .flatMap((list) => {
      const [value, other] = [list.row.cross_entropy, before(list)];
      return other === undefined ? [] : [{ cluster: list.topic, value, difference: value - other }];
    });
  return differences.length === 0 ? null : summariseDifferences([differences], name, settings);
}

/**
 * How the cross-entropy of answers under each SAE and arm differs from that of lists written again without an edit, on
 * other noise; clusters are topics.
 */
export function damageEffectRows(
  rows: readonly DamageRow[],
  lists: readonly ListRow[],
  settings: IntervalSettings,
): DamageEffectRow[] {
  const topicOf = topicsById(lists);
  const others = rows.filter(({ arm }) => arm !== 'baseline' && arm !== 'resampled');
  const before = crossEntropiesByList(rows);
  const groups = Map.groupBy(others, ({ sae_id, arm }) => `${sae_id} ${arm}`);
  return [...groups].map(([key, group]) => {
    const { sae_id, protocol, arm } = group[0]!;
    const differences = group.map(({ sample_id, cross_entropy: value }) => ({
      cluster: topicOf.get(sample_id)!,
      value,
      difference: value - before.get(sample_id)!,
    }));
    const summary = summariseDifferences([differences], `ablation damage ${key}`, settings);
    return { sae_id, protocol, arm, ...summary };
  });
}

/** The cross-entropy of each list that was written again without an edit, by `sample_id`. */
export const crossEntropiesByList = (rows: readonly DamageRow[]): Map<string, number> =>
  new Map(
    rows.flatMap(({ arm, sample_id, cross_entropy }) =>
      arm === 'resampled' ? [[sample_id, cross_entropy] as const] : [],
    ),
  );
