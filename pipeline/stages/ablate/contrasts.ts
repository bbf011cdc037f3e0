import { CHOSEN_ARMS, CONTROLS, type ControlArm } from '../../schema/ablation-columns.ts';
import type { ContrastRow } from '../../schema/ablation-contrasts.ts';
import { WRITTEN_METRICS } from '../../schema/ablation-effects.ts';
import type { MetricRow } from '../../schema/ablation-metric.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { holmByFamily } from '../../stats/holm.ts';
import { summariseDifferences } from '../differences.ts';
import { metricEffect } from '../metric-effects.ts';
import type { Pair } from './comparisons.ts';
import type { MeasuredOutcome } from './outcome.ts';

type Compared = Pick<ContrastRow, 'sae_id' | 'protocol' | 'arm' | 'control' | 'k'>;

/**
 * How much more each chosen arm of one SAE changes written lists than its controls do. A pair has one list, one draw and
 * one noise; clusters are topics.
 */
export function writtenContrasts(
  saeId: string,
  outcomes: readonly MeasuredOutcome[],
  settings: IntervalSettings & { readonly k: number },
): ContrastRow[] {
  const ofDose = outcomes.filter(({ row }) => row.k === settings.k);
  return comparisons(saeId, ofDose, ({ row }) => row).flatMap(({ compared, pairs }) => {
    const listPairs = pairs.map(([outcome, baseline]): Pair => ({ outcome, baseline }));
    return WRITTEN_METRICS.flatMap((metric): ContrastRow[] => {
      const key = `ablation contrast ${Object.values(compared).join(' ')} ${metric}`;
      const effect = { runs: [listPairs], metric, cluster: 'topic', key } as const;
      const summary = metricEffect(effect, settings);
      if (summary === null) return [];
      const { mean, ci_low, ci_high, p, n } = summary;
      const n_cut = pairs.flat().filter(({ row }) => !row.ended).length;
      const share_topics = shareOfTopics(metricByTopic(listPairs, effect, settings), mean);
      const estimate = { mean, ci_low, ci_high, p, p_adjusted: null };
      return [{ ...compared, metric, ...estimate, share_topics, n_cut, n }];
    });
  });
}

/** The same of the metric of the unchanged lists, against the mean of a control's draws. @param topicOf by `sample_id` */
export const forcedContrasts = (
  saeId: string,
  rows: readonly MetricRow[],
  topicOf: ReadonlyMap<string, string>,
  settings: IntervalSettings,
): ContrastRow[] =>
  comparisons(saeId, rows, (row) => ({ ...row, draw: row.split })).map(({ compared, pairs }) => {
    const differences = pairs.map(([row, control]) => ({
      cluster: topicOf.get(row.sample_id)!,
      value: row.measured,
      difference: row.measured - control.measured,
    }));
    const key = `forced contrast ${Object.values(compared).join(' ')}`;
    const summary = summariseDifferences([differences], key, settings);
    const { mean, ci_low, ci_high, p, n } = summary;
    const byTopic = [...Map.groupBy(differences, ({ cluster }) => cluster).values()].map(
      (ofTopic) => ofTopic.reduce((sum, { difference }) => sum + difference, 0),
    );
    const share_topics = shareOfTopics(byTopic, mean);
    const estimate = { mean, ci_low, ci_high, p, p_adjusted: null };
    return { ...compared, metric: 'forced_metric', ...estimate, share_topics, n_cut: 0, n };
  });

/** The rows with the p-values of all SAEs adjusted together, by protocol, arm, control and metric. */
export function adjustContrasts(rows: readonly ContrastRow[]): ContrastRow[] {
  const adjusted = holmByFamily(rows, ({ protocol, arm, control, k, metric }) =>
    [protocol, arm, control, k, metric].join(' '),
  );
  return rows.map((row) => ({ ...row, p_adjusted: adjusted.get(row)! }));
}

type Keys = Pick<MeasuredOutcome['row'], 'sample_id' | 'protocol' | 'arm' | 'draw' | 'k'>;

interface Comparison<T> {
  readonly compared: Compared;
  /** The chosen features' side first. */
  readonly pairs: readonly (readonly [T, T])[];
}

/** Every chosen arm against each of its controls, under each protocol. */
function comparisons<T>(
  sae_id: string,
  all: readonly T[],
  keysOf: (one: T) => Keys,
): Comparison<T>[] {
  const byProtocol = Map.groupBy(all, (one) => keysOf(one).protocol);
  return [...byProtocol].flatMap(([protocol, ofProtocol]) =>
    CHOSEN_ARMS.flatMap((arm) =>
      CONTROLS[arm].flatMap((control: ControlArm) => {
        const chosen = new Map(
          ofProtocol
            .filter((one) => keysOf(one).arm === arm)
            .map((one) => [pairKey(keysOf(one)), one]),
        );
        const pairs = ofProtocol
          .filter((one) => keysOf(one).arm === control)
          .flatMap((one) => {
            const other = chosen.get(pairKey(keysOf(one)));
            return other === undefined ? [] : [[other, one] as const];
          });
        const k = pairs[0] === undefined ? null : keysOf(pairs[0][0]).k;
        return pairs.length === 0
          ? []
          : [{ compared: { sae_id, protocol, arm, control, k }, pairs }];
      }),
    ),
  );
}

const pairKey = ({ sample_id, draw }: Keys): string => `${sample_id} ${draw}`;

/** A metric's mean difference in each topic; none for ratios, which are of all lists together. */
function metricByTopic(
  pairs: readonly Pair[],
  effect: Parameters<typeof metricEffect>[0],
  settings: IntervalSettings,
): number[] {
  if (effect.metric === 'hazard' || effect.metric === 'tokens_per_item') return [];
  const fewDraws = { ...settings, bootstrap: { ...settings.bootstrap, resamples: 1 } };
  return [...Map.groupBy(pairs, ({ outcome }) => outcome.topic).values()].flatMap(
    (ofTopic) => metricEffect({ ...effect, runs: [ofTopic] }, fewDraws)?.mean ?? [],
  );
}

function shareOfTopics(byTopic: readonly number[], mean: number): number | null {
  if (byTopic.length === 0) return null;
  return byTopic.filter((value) => Math.sign(value) === Math.sign(mean)).length / byTopic.length;
}
