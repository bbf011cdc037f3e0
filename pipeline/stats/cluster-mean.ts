import { bootstrapMean, type Estimate } from './bootstrap.ts';
import { keyedRandom } from './random.ts';

/** How intervals are taken in one study. */
export interface IntervalSettings {
  readonly seed: number;
  readonly bootstrap: { readonly resamples: number; readonly confidence: number };
}

/** Observations, what each is worth, and which of them belong together. */
export interface Observations<T> {
  readonly rows: readonly T[];
  readonly value: (row: T) => number;
  readonly cluster: (row: T) => unknown;
}

/**
 * The mean of observations with its interval, whole clusters resampled.
 * @param key names the draws of this interval
 */
export const clusterMean = <T>(
  { rows, value, cluster }: Observations<T>,
  key: string,
  { seed, bootstrap }: IntervalSettings,
): Estimate =>
  bootstrapMean(
    [...Map.groupBy(rows, cluster).values()].map((of) => of.map(value)),
    { ...bootstrap, random: keyedRandom(seed, key) },
  );
