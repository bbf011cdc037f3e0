import { bootstrapRuns, bootstrapStatistic, type Estimate } from '../stats/bootstrap.ts';
import type { IntervalSettings } from '../stats/cluster-mean.ts';
import { keyedRandom } from '../stats/random.ts';
import { shannonIndex } from '../stats/shannon-index.ts';
import { variance } from '../stats/variance.ts';

/** A list as written under one condition. */
export interface MeasuredList<R> {
  readonly topic: string;
  /** Its row, with a column for each metric. */
  readonly row: R;
  /** Normalized item names. */
  readonly items: readonly string[];
}

/** A list under an edit, and the same list without it. */
export interface ListPair<R> {
  readonly outcome: MeasuredList<R>;
  readonly baseline: MeasuredList<R>;
}

/** The columns that every metric of a list is made from. */
export interface ListColumns {
  readonly sample_id: string;
  readonly n_items: number;
  readonly n_tokens: number;
  readonly n_repeats: number;
  readonly shannon_index: number;
  readonly ended: boolean;
  readonly blank_before_end: boolean;
}

/** A metric under an edit, and its difference from the baseline. */
export interface Difference {
  /** What is resampled as a whole: a topic or a list. */
  readonly cluster: string;
  readonly value: number;
  readonly difference: number;
}

/** The difference in one value of each list. @param cluster what the bootstrap resamples */
export const listDifferences = <R extends { readonly sample_id: string }>(
  pairs: readonly ListPair<R>[],
  read: (row: R) => number,
  cluster: 'topic' | 'list',
): Difference[] =>
  pairs.map(({ outcome, baseline }) => {
    const value = read(outcome.row);
    return {
      cluster: clusterOf({ outcome, baseline }, cluster),
      value,
      difference: value - read(baseline.row),
    };
  });

/** The difference in diversity (Shannon index, nats) of each topic's items, its lists pooled. */
export const topicDiversityDifferences = <R>(pairs: readonly ListPair<R>[]): Difference[] =>
  [...Map.groupBy(pairs, ({ outcome }) => outcome.topic)].map(([topic, topicPairs]) => {
    const value = shannonIndex(topicPairs.flatMap(({ outcome }) => outcome.items));
    const before = shannonIndex(topicPairs.flatMap(({ baseline }) => baseline.items));
    return { cluster: topic, value, difference: value - before };
  });

/** A ratio of sums over lists: of ends over items, of tokens over items. */
export interface RatioMetric {
  readonly numerator: (row: ListColumns) => number;
  readonly denominator: (row: ListColumns) => number;
}

export const RATIO_METRICS = {
  /** The hazard of ending: how often a list ends, for each item that it has. */
  hazard: { numerator: ({ ended }) => Number(ended), denominator: ({ n_items }) => n_items },
  tokens_per_item: { numerator: ({ n_tokens }) => n_tokens, denominator: ({ n_items }) => n_items },
} as const satisfies Readonly<Record<string, RatioMetric>>;

/** Mean difference with its interval, sample variance of the difference, and mean under the edit. */
export interface DifferenceSummary extends Estimate {
  readonly variance: number | null;
  readonly arm_mean: number;
}

/**
 * Summarise differences; the interval is that of the mean of one run.
 * @param runs the differences of each run; more than one where lists were resampled several times
 * @param key names the random draws of this interval
 */
export function summariseDifferences(
  runs: readonly (readonly Difference[])[],
  key: string,
  { seed, bootstrap }: IntervalSettings,
): DifferenceSummary {
  const all = runs.flat();
  return {
    ...bootstrapRuns(runs.map(clustersOf), { ...bootstrap, random: keyedRandom(seed, key) }),
    variance: variance(all.map(({ difference }) => difference)),
    arm_mean: all.reduce((sum, { value }) => sum + value, 0) / all.length,
  };
}

/**
 * The difference of a ratio of sums over all lists, draws pooled.
 * @returns null where it is undefined: no list has an item
 */
export function summariseRatio<R extends ListColumns>(
  pairs: readonly ListPair<R>[],
  { numerator, denominator }: RatioMetric,
  key: string,
  { seed, bootstrap, cluster }: IntervalSettings & { readonly cluster: 'topic' | 'list' },
): DifferenceSummary | null {
  const ratio = (side: 'outcome' | 'baseline', of: readonly ListPair<R>[]): number | null => {
    const sum = (value: RatioMetric['numerator']) =>
      of.reduce((total, pair) => total + value(pair[side].row), 0);
    const items = sum(denominator);
    return items === 0 ? null : sum(numerator) / items;
  };
  const difference = (clusters: readonly (readonly ListPair<R>[])[]): number | null => {
    const [arm, before] = [ratio('outcome', clusters.flat()), ratio('baseline', clusters.flat())];
    return arm === null || before === null ? null : arm - before;
  };
  const clusters = [...Map.groupBy(pairs, (pair) => clusterOf(pair, cluster)).values()];
  const random = keyedRandom(seed, key);
  const estimate = bootstrapStatistic(clusters, difference, { ...bootstrap, random });
  const armMean = ratio('outcome', pairs);
  return estimate && armMean !== null ? { ...estimate, variance: null, arm_mean: armMean } : null;
}

const clusterOf = <R extends { readonly sample_id: string }>(
  { outcome }: ListPair<R>,
  cluster: 'topic' | 'list',
): string => (cluster === 'topic' ? outcome.topic : outcome.row.sample_id);

const clustersOf = (differences: readonly Difference[]): number[][] =>
  [...Map.groupBy(differences, ({ cluster }) => cluster).values()].map((group) =>
    group.map(({ difference }) => difference),
  );
