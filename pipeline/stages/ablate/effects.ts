import { type EffectRow, METRICS, type Metric } from '../../schema/ablation-effects.ts';
import { bootstrapRuns, type Clusters } from '../../stats/bootstrap.ts';
import type { IntervalSettings } from '../../stats/cluster-mean.ts';
import { keyedRandom } from '../../stats/random.ts';
import { shannonIndex } from '../../stats/shannon-index.ts';
import { variance } from '../../stats/variance.ts';
import type { Outcome } from './outcome.ts';

type Group = Pick<EffectRow, 'sae_id' | 'protocol' | 'arm' | 'k'>;
type Effect = Group & Pick<EffectRow, 'topic' | 'metric'>;
type EffectSettings = IntervalSettings & { readonly k: number };

/**
 * How the lists under each condition differ from their own baselines. Clusters are topics; within one topic, lists.
 * By topic only where every list was written, at the study's k.
 */
export function effectRows(
  outcomes: readonly Outcome[],
  baselines: readonly Outcome[],
  settings: EffectSettings,
): EffectRow[] {
  const baselineOf = new Map(baselines.map((outcome) => [keyOf(outcome), outcome]));
  const groups = Map.groupBy(outcomes, ({ row }) => groupKey(row));
  return [...groups.values()].flatMap((of) => {
    const pairs = of.map((outcome) => ({ outcome, baseline: baselineOf.get(keyOf(outcome))! }));
    const { sae_id, protocol, arm, k } = of[0]!.row;
    const group = { sae_id, protocol, arm, k };
    const whole = k === null || k === settings.k;
    const topics = whole ? Map.groupBy(pairs, ({ outcome }) => outcome.topic) : new Map();
    return [[null, pairs] as const, ...topics].flatMap(([topic, some]) =>
      METRICS.map((metric) => effectRow({ ...group, topic, metric }, some, settings)),
    );
  });
}

/**
 * The same over all SAEs together, at the study's k: what the published exploration printed by topic. A topic's
 * diversity is not among it, as lists of several SAEs do not make one topic's.
 */
export function effectRowsOfAll(
  outcomes: readonly Outcome[],
  baselines: readonly Outcome[],
  settings: EffectSettings,
): EffectRow[] {
  const pooled = outcomes
    .filter(({ row }) => row.sae_id !== null && (row.k === null || row.k === settings.k))
    .map((outcome) => ({ ...outcome, row: { ...outcome.row, sae_id: null } }));
  const rows = effectRows(pooled, baselines, settings);
  return rows.filter(({ metric }) => metric !== 'topic_shannon_index');
}

const keyOf = ({ row }: Outcome): string => `${row.sample_id} ${row.protocol}`;
const groupKey = ({ sae_id, protocol, arm, k }: Group): string =>
  [sae_id, protocol, arm, k].join(' ');

/** A list beside the one that it is compared with. */
interface Pair {
  readonly outcome: Outcome;
  readonly baseline: Outcome;
}

/** One value under the arm, less the baseline's. */
export interface Difference {
  readonly cluster: string;
  readonly value: number;
  readonly difference: number;
}

function effectRow(
  effect: Effect,
  pairs: readonly Pair[],
  { seed, bootstrap }: IntervalSettings,
): EffectRow {
  const { topic, metric } = effect;
  const draws = [...Map.groupBy(pairs, ({ outcome }) => outcome.row.draw).values()];
  const runs = draws.map((run) =>
    metric === 'topic_shannon_index' ? pooled(run) : differences(run, metric, topic === null),
  );
  const all = runs.flat();
  const random = keyedRandom(seed, `ablation effect ${groupKey(effect)} ${topic} ${metric}`);
  return {
    ...effect,
    ...bootstrapRuns(runs.map(clustersOf), { ...bootstrap, random }),
    variance: variance(all.map(({ difference }) => difference)),
    arm_mean: all.reduce((sum, { value }) => sum + value, 0) / all.length,
  };
}

const differences = (
  pairs: readonly Pair[],
  metric: Exclude<Metric, 'topic_shannon_index'>,
  byTopic: boolean,
): Difference[] =>
  pairs.map(({ outcome, baseline }) => {
    const value = Number(outcome.row[metric]);
    return {
      cluster: byTopic ? outcome.topic : outcome.row.sample_id,
      value,
      difference: value - Number(baseline.row[metric]),
    };
  });

/** Lists of a topic with their items, under an arm and as they were. */
interface PooledPair {
  readonly outcome: Pick<Outcome, 'topic' | 'items'>;
  readonly baseline: Pick<Outcome, 'items'>;
}

/** Diversity of each topic's items, its lists taken together. */
export const pooled = (pairs: readonly PooledPair[]): Difference[] =>
  [...Map.groupBy(pairs, ({ outcome }) => outcome.topic)].map(([topic, of]) => {
    const value = shannonIndex(of.flatMap(({ outcome }) => outcome.items));
    const before = shannonIndex(of.flatMap(({ baseline }) => baseline.items));
    return { cluster: topic, value, difference: value - before };
  });

export const clustersOf = (run: readonly Difference[]): Clusters =>
  [...Map.groupBy(run, ({ cluster }) => cluster).values()].map((of) =>
    of.map(({ difference }) => difference),
  );
