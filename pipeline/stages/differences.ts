import { bootstrapRuns, type Estimate } from '../stats/bootstrap.ts';
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

/** A metric under an edit, and its difference from the baseline. */
export interface Difference {
  /** What is resampled as a whole: a topic or a list. */
  readonly cluster: string;
  readonly value: number;
  readonly difference: number;
}

/** The difference in one metric of each list. @param cluster what the bootstrap resamples */
export const listDifferences = <R extends { readonly sample_id: string }, M extends keyof R>(
  pairs: readonly ListPair<R>[],
  metric: M,
  cluster: 'topic' | 'list',
): Difference[] =>
  pairs.map(({ outcome, baseline }) => {
    const value = Number(outcome.row[metric]);
    return {
      cluster: cluster === 'topic' ? outcome.topic : outcome.row.sample_id,
      value,
      difference: value - Number(baseline.row[metric]),
    };
  });

/** The difference in diversity (Shannon index, nats) of each topic's items, its lists pooled. */
export const topicDiversityDifferences = <R>(pairs: readonly ListPair<R>[]): Difference[] =>
  [...Map.groupBy(pairs, ({ outcome }) => outcome.topic)].map(([topic, topicPairs]) => {
    const value = shannonIndex(topicPairs.flatMap(({ outcome }) => outcome.items));
    const before = shannonIndex(topicPairs.flatMap(({ baseline }) => baseline.items));
    return { cluster: topic, value, difference: value - before };
  });

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

const clustersOf = (differences: readonly Difference[]): number[][] =>
  [...Map.groupBy(differences, ({ cluster }) => cluster).values()].map((group) =>
    group.map(({ difference }) => difference),
  );
