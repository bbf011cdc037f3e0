import { type EffectRow, METRICS } from '../../schema/ablation-effects.ts';
import type { IntervalSettings } from '../../stats/cluster-mean.ts';
import {
  type ListPair,
  listDifferences,
  summariseDifferences,
  topicDiversityDifferences,
} from '../differences.ts';
import type { Outcome } from './outcome.ts';

type Group = Pick<EffectRow, 'sae_id' | 'protocol' | 'arm' | 'k'>;
type Effect = Group & Pick<EffectRow, 'topic' | 'metric'>;
type EffectSettings = IntervalSettings & { readonly k: number };
type Pair = ListPair<Outcome['row']>;

/**
 * How the lists of each SAE, protocol, arm and k differ from their baselines. Clusters are topics; within one topic,
 * lists. Effects by topic only at the study's k, at which every list is written.
 */
export function effectRows(
  outcomes: readonly Outcome[],
  baselines: readonly Outcome[],
  settings: EffectSettings,
): EffectRow[] {
  const baselineOf = new Map(baselines.map((baseline) => [listKey(baseline), baseline]));
  const groups = Map.groupBy(outcomes, ({ row }) => groupKey(row));
  return [...groups.values()].flatMap((group) => {
    const pairs = group.map((outcome) => ({
      outcome,
      baseline: baselineOf.get(listKey(outcome))!,
    }));
    const { sae_id, protocol, arm, k } = group[0]!.row;
    const byTopic = isStudyDose(k, settings)
      ? Map.groupBy(pairs, ({ outcome }) => outcome.topic)
      : new Map<string, Pair[]>();
    return [[null, pairs] as const, ...byTopic].flatMap(([topic, topicPairs]) =>
      METRICS.map((metric) =>
        effectRow({ sae_id, protocol, arm, k, topic, metric }, topicPairs, settings),
      ),
    );
  });
}

/**
 * The same effects with the lists of all SAEs pooled, at the study's k, as the published exploration prints them by
 * topic. The diversity of a topic is left out: pooled lists of several SAEs would count each topic several times.
 */
export function pooledEffectRows(
  outcomes: readonly Outcome[],
  baselines: readonly Outcome[],
  settings: EffectSettings,
): EffectRow[] {
  const pooled = outcomes
    .filter(({ row }) => row.sae_id !== null && isStudyDose(row.k, settings))
    .map((outcome) => ({ ...outcome, row: { ...outcome.row, sae_id: null } }));
  const rows = effectRows(pooled, baselines, settings);
  return rows.filter(({ metric }) => metric !== 'topic_shannon_index');
}

/** Whether a dose is the study's k; arms without a dose count as such. */
const isStudyDose = (k: number | null, settings: EffectSettings): boolean =>
  k === null || k === settings.k;

const listKey = ({ row }: Outcome): string => `${row.sample_id} ${row.protocol}`;
const groupKey = ({ sae_id, protocol, arm, k }: Group): string =>
  [sae_id, protocol, arm, k].join(' ');

/** One effect; the draws of the arm `resampled` are separate runs. */
function effectRow(effect: Effect, pairs: readonly Pair[], settings: IntervalSettings): EffectRow {
  const { topic, metric } = effect;
  const draws = [...Map.groupBy(pairs, ({ outcome }) => outcome.row.draw).values()];
  const cluster = topic === null ? 'topic' : 'list';
  const runs = draws.map((run) =>
    metric === 'topic_shannon_index'
      ? topicDiversityDifferences(run)
      : listDifferences(run, metric, cluster),
  );
  const key = `ablation effect ${groupKey(effect)} ${topic} ${metric}`;
  return { ...effect, ...summariseDifferences(runs, key, settings) };
}
