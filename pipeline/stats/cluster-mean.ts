import type { Estimate, IntervalSettings } from './estimate.ts';
import type { Observations } from './observations.ts';
import { runningMean } from './running-mean.ts';

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
  const { rows, value, cluster, range } = observations;
  const mean = runningMean();
  for (const row of rows) mean.add(value(row), cluster(row));
  return mean.estimate(key, settings, range);
}
