import { bootstrapMean, type Estimate } from './bootstrap.ts';
import { keyedRandom } from './random.ts';

/** Settings of a study's confidence intervals. */
export interface IntervalSettings {
  readonly seed: number;
  readonly bootstrap: { readonly resamples: number; readonly confidence: number };
}

/** Observations, with the value and the cluster of each. */
export interface Observations<T> {
  readonly rows: readonly T[];
  readonly value: (row: T) => number;
  readonly cluster: (row: T) => unknown;
}

/**
 * The mean of observations, with an interval from a cluster bootstrap.
 * @param key determines the random draws, together with the seed
 */
export const clusterMean = <T>(
  { rows, value, cluster }: Observations<T>,
  key: string,
  { seed, bootstrap }: IntervalSettings,
): Estimate =>
  bootstrapMean(
    [...Map.groupBy(rows, cluster).values()].map((group) => group.map(value)),
    { ...bootstrap, random: keyedRandom(seed, key) },
  );
