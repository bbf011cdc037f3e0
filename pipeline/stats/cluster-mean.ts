import { bootstrapOptions } from './bootstrap-options.ts';
import type { Estimate, IntervalSettings } from './estimate.ts';
import { clustersOf, type Observations } from './observations.ts';
import { meanAsRatio } from './ratio-of-sums.ts';
import { studentised } from './studentised.ts';

/**
 * The mean of all observations, with its studentised cluster bootstrap interval. A mean of 0s and 1s is a share, whose
 * interval is `clusterShare`'s.
 * @param key determines the random draws, together with the seed
 * @throws where there are no observations
 */
export function clusterMean<T>(
  observations: Observations<T>,
  key: string,
  settings: IntervalSettings,
): Estimate {
  const mean = meanAsRatio(clustersOf(observations));
  const { value, ci_low, ci_high } = studentised([mean], bootstrapOptions(settings, key));
  const [low, high] = observations.range ?? [-Infinity, Infinity];
  const interval = { ci_low: Math.max(low, ci_low), ci_high: Math.min(high, ci_high) };
  return { mean: value, ...interval, n: observations.rows.length };
}
