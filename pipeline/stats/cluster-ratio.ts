import { bootstrapOptions } from './bootstrap-options.ts';
import type { Estimate, IntervalSettings } from './estimate.ts';
import { meanAsRatio, type RatioOfSums } from './ratio-of-sums.ts';
import { studentised } from './studentised.ts';

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
  if (rows.length === 0) return null;
  const clusters = [...Map.groupBy(rows, cluster).values()];
  const wholes = clusters.map((group) => group.map(whole));
  const ofWholes = studentised([meanAsRatio(wholes)], bootstrapOptions(settings, `${key}, whole`));
  if (ofWholes.ci_low <= 0 && ofWholes.ci_high >= 0) return null;
  const sums = (read: (row: T) => number) =>
    Float64Array.from(clusters, (group) => group.reduce((sum, row) => sum + read(row), 0));
  const ratio: RatioOfSums = { sums: sums(part), weights: sums(whole) };
  const { value, ci_low, ci_high } = studentised([ratio], bootstrapOptions(settings, key));
  return { mean: value, ci_low, ci_high, n: rows.length };
}
