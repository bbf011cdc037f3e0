import { bootstrapOptions } from '../stats/bootstrap-options.ts';
import type { Estimate, IntervalSettings } from '../stats/estimate.ts';
import { rarefiedShannon } from '../stats/rarefaction.ts';
import { meanAsRatio, type RatioOfSums } from '../stats/ratio-of-sums.ts';
import { runBand } from '../stats/run-band.ts';
import { shannonIndex } from '../stats/shannon-index.ts';
import { studentised } from '../stats/studentised.ts';
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

/**
 * The difference in the Shannon index (nats) of each list's items, both lists rarefied to the shorter one's length. Equal
 * lengths are compared, because a longer list without repeats is more diverse by its length alone.
 */
export const rarefiedDifferences = <R extends { readonly sample_id: string }>(
  pairs: readonly ListPair<R>[],
  cluster: 'topic' | 'list',
): Difference[] =>
  pairs.map((pair) => ({
    cluster: clusterOf(pair, cluster),
    ...compareRarefied(pair.outcome.items, pair.baseline.items),
  }));

/** The difference in the Shannon index (nats) of each topic's items, its lists pooled. */
export const topicDiversityDifferences = <R>(pairs: readonly ListPair<R>[]): Difference[] =>
  pooledByTopic(pairs).map(({ topic, items, before }) => {
    const value = shannonIndex(items);
    return { cluster: topic, value, difference: value - shannonIndex(before) };
  });

/** The same with both pools rarefied to the smaller one's number of items. */
export const topicRarefiedDifferences = <R>(pairs: readonly ListPair<R>[]): Difference[] =>
  pooledByTopic(pairs).map(({ topic, items, before }) => ({
    cluster: topic,
    ...compareRarefied(items, before),
  }));

function compareRarefied(
  items: readonly string[],
  before: readonly string[],
): Omit<Difference, 'cluster'> {
  const n = Math.min(items.length, before.length);
  const value = rarefiedShannon(items, n);
  return { value, difference: value - rarefiedShannon(before, n) };
}

/** The items of each topic's lists together, under the edit and before it. */
const pooledByTopic = <R>(pairs: readonly ListPair<R>[]) =>
  [...Map.groupBy(pairs, ({ outcome }) => outcome.topic)].map(([topic, ofTopic]) => ({
    topic,
    items: ofTopic.flatMap(({ outcome }) => outcome.items),
    before: ofTopic.flatMap(({ baseline }) => baseline.items),
  }));

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

/** Mean difference with its interval and test, sample variance of the difference, and mean under the edit. */
export interface DifferenceSummary extends Estimate {
  readonly variance: number | null;
  readonly arm_mean: number;
  /** Two-sided p-value of the difference against 0; null where there are several runs, or a single cluster. */
  readonly p: number | null;
}

/**
 * Summarise differences. Of several runs, which are lists resampled without an edit, the interval is the band in which the
 * mean of a single run lies, and nothing is tested.
 * @param key names the random draws of this interval
 */
export function summariseDifferences(
  runs: readonly (readonly Difference[])[],
  key: string,
  settings: IntervalSettings,
): DifferenceSummary {
  const all = runs.flat();
  const options = bootstrapOptions(settings, key);
  const ofArm = {
    variance: variance(all.map(({ difference }) => difference)),
    arm_mean: all.reduce((sum, { value }) => sum + value, 0) / all.length,
  };
  if (runs.length > 1) return { ...runBand(runs.map(clustersOf), options), ...ofArm, p: null };
  const { value, ...test } = studentised([meanAsRatio(clustersOf(all))], options);
  return { mean: value, ...test, n: all.length, ...ofArm };
}

/**
 * The difference of a ratio of sums over all lists, draws pooled.
 * @returns null where it is undefined: no list has an item
 */
export function summariseRatio<R extends ListColumns>(
  pairs: readonly ListPair<R>[],
  metric: RatioMetric,
  key: string,
  { cluster, ...settings }: IntervalSettings & { readonly cluster: 'topic' | 'list' },
): DifferenceSummary | null {
  const clusters = [...Map.groupBy(pairs, (pair) => clusterOf(pair, cluster)).values()];
  const arm = ratioOf(clusters, metric, 'outcome');
  const before = ratioOf(clusters, metric, 'baseline');
  const [armTotal, beforeTotal] = [arm, before].map(({ weights }) => sumOf(weights));
  if (armTotal === 0 || beforeTotal === 0) return null;
  const { value, ...test } = studentised([arm, before], bootstrapOptions(settings, key));
  const armMean = sumOf(arm.sums) / armTotal!;
  return { mean: value, ...test, n: pairs.length, variance: null, arm_mean: armMean };
}

/** A ratio's numerators and denominators by cluster, on one side of the pairs. */
const ratioOf = <R extends ListColumns>(
  clusters: readonly (readonly ListPair<R>[])[],
  { numerator, denominator }: RatioMetric,
  side: keyof ListPair<R>,
): RatioOfSums => {
  const sums = (read: RatioMetric['numerator']) =>
    Float64Array.from(clusters, (pairs) =>
      pairs.reduce((total, pair) => total + read(pair[side].row), 0),
    );
  return { sums: sums(numerator), weights: sums(denominator) };
};

const sumOf = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

const clusterOf = <R extends { readonly sample_id: string }>(
  { outcome }: ListPair<R>,
  cluster: 'topic' | 'list',
): string => (cluster === 'topic' ? outcome.topic : outcome.row.sample_id);

const clustersOf = (differences: readonly Difference[]): number[][] =>
  [...Map.groupBy(differences, ({ cluster }) => cluster).values()].map((group) =>
    group.map(({ difference }) => difference),
  );
