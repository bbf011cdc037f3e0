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
  metric: RatioMetric,
  key: string,
  { seed, bootstrap, cluster }: IntervalSettings & { readonly cluster: 'topic' | 'list' },
): DifferenceSummary | null {
  const clusters = [...Map.groupBy(pairs, (pair) => clusterOf(pair, cluster)).values()];
  const sums = clusters.map((of) => [sumsOf(of, metric)]);
  const random = keyedRandom(seed, key);
  const difference = (resample: readonly (readonly RatioSums[])[]): number | null => {
    const [arm, before] = ratiosOf(resample);
    return arm === null || before === null ? null : arm - before;
  };
  const estimate = bootstrapStatistic(sums, difference, { ...bootstrap, random });
  const [armMean] = ratiosOf(sums);
  if (estimate === null || armMean === null) return null;
  return { ...estimate, n: pairs.length, variance: null, arm_mean: armMean };
}

/** Sums of a ratio's numerator and denominator over the lists of one cluster. */
interface RatioSums {
  readonly arm: readonly [numerator: number, denominator: number];
  readonly before: readonly [numerator: number, denominator: number];
}

function sumsOf<R extends ListColumns>(
  pairs: readonly ListPair<R>[],
  { numerator, denominator }: RatioMetric,
): RatioSums {
  const sum = (side: 'outcome' | 'baseline', read: RatioMetric['numerator']) =>
    pairs.reduce((total, pair) => total + read(pair[side].row), 0);
  return {
    arm: [sum('outcome', numerator), sum('outcome', denominator)],
    before: [sum('baseline', numerator), sum('baseline', denominator)],
  };
}

/** The ratio under the arm and before, over all clusters; null where the denominator is 0. */
function ratiosOf(
  clusters: readonly (readonly RatioSums[])[],
): [arm: number | null, before: number | null] {
  const total = { arm: [0, 0] as [number, number], before: [0, 0] as [number, number] };
  for (const [sums] of clusters)
    for (const side of ['arm', 'before'] as const)
      for (const i of [0, 1] as const) total[side][i] += sums![side][i];
  const ratio = ([numerator, denominator]: [number, number]) =>
    denominator === 0 ? null : numerator / denominator;
  return [ratio(total.arm), ratio(total.before)];
}

const clusterOf = <R extends { readonly sample_id: string }>(
  { outcome }: ListPair<R>,
  cluster: 'topic' | 'list',
): string => (cluster === 'topic' ? outcome.topic : outcome.row.sample_id);

const clustersOf = (differences: readonly Difference[]): number[][] =>
  [...Map.groupBy(differences, ({ cluster }) => cluster).values()].map((group) =>
    group.map(({ difference }) => difference),
  );
