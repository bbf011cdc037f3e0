import { bootstrapOptions } from './bootstrap-options.ts';
import type { Estimate, IntervalSettings } from './estimate.ts';
import { studentised } from './studentised.ts';

/** A mean over clusters whose observations come one after the other: only the sum and the number of each cluster are kept. */
export interface RunningMean {
  add(value: number, cluster: unknown): void;
  /**
   * The mean of all observations, with its studentised cluster bootstrap interval.
   * @param key determines the random draws, together with the seed
   * @param range the least and the greatest value that there can be, which the interval does not leave
   * @throws where there are no observations
   */
  estimate(key: string, settings: IntervalSettings, range?: readonly [number, number]): Estimate;
}

export function runningMean(): RunningMean {
  const clusters = new Map<unknown, { sum: number; n: number }>();
  return {
    add(value, cluster) {
      const found = clusters.get(cluster);
      if (found === undefined) clusters.set(cluster, { sum: 0 + value, n: 1 });
      else {
        found.sum += value;
        found.n += 1;
      }
    },
    estimate(key, settings, [low, high] = [-Infinity, Infinity]) {
      const all = [...clusters.values()];
      const ratio = {
        sums: Float64Array.from(all, ({ sum }) => sum),
        weights: Float64Array.from(all, ({ n }) => n),
      };
      const { value, ci_low, ci_high } = studentised([ratio], bootstrapOptions(settings, key));
      const interval = { ci_low: Math.max(low, ci_low), ci_high: Math.min(high, ci_high) };
      return { mean: value, ...interval, n: all.reduce((total, { n }) => total + n, 0) };
    },
  };
}
