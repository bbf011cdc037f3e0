import type { Estimate, IntervalSettings } from './estimate.ts';
import { runningRatio } from './running-ratio.ts';

/** Observations of a part and of the whole that it is a part of, with the cluster of each. */
export interface PartsOfWholes<T> {
  readonly rows: readonly T[];
  readonly part: (row: T) => number;
  readonly whole: (row: T) => number;
  readonly cluster: (row: T) => unknown;
}

/**
 * The mean of the parts over the mean of the wholes, with its studentised cluster bootstrap interval. Single wholes may be
 * near 0, which a mean of ratios does not allow.
 *
 * @param key determines the random draws, together with the seed
 * @returns null where there are no observations, or where the interval of the wholes' mean includes 0: a share of nothing
 * has no sense
 */
export function clusterRatio<T>(
  { rows, part, whole, cluster }: PartsOfWholes<T>,
  key: string,
  settings: IntervalSettings,
): Estimate | null {
  const ratio = runningRatio();
  for (const row of rows) ratio.add(part(row), whole(row), cluster(row));
  return ratio.estimate(key, settings);
}
