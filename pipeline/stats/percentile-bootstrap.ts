import { quantileSorted } from 'd3-array';
import type { BootstrapOptions } from './bootstrap-options.ts';
import type { Estimate, Interval } from './estimate.ts';

/**
 * Any statistic of clustered observations, with a percentile interval from a cluster bootstrap. It is for statistics that
 * have no standard error in closed form, such as a rank correlation; those of means, ratios and shares are `studentised`
 * and `clusterShare`. Its intervals are somewhat too narrow. Resamples for which the statistic is undefined, such as a
 * correlation of constant values, are left out.
 *
 * Source: Davison & Hinkley (1997), Bootstrap Methods and their Application, section 3.8 and chapter 5.
 *
 * @param statistic null where it is undefined
 * @returns null where the statistic of all observations is undefined
 */
export function bootstrapStatistic<T>(
  clusters: readonly (readonly T[])[],
  statistic: (clusters: readonly (readonly T[])[]) => number | null,
  { resamples, confidence, random }: BootstrapOptions,
): Estimate | null {
  const mean = statistic(clusters);
  if (mean === null) return null;
  const values: number[] = [];
  for (let r = 0; r < resamples; r++) {
    const resample = clusters.map(() => clusters[Math.floor(random() * clusters.length)]!);
    const value = statistic(resample);
    if (value !== null) values.push(value);
  }
  values.sort((a, b) => a - b);
  const n = clusters.reduce((sum, cluster) => sum + cluster.length, 0);
  return { mean, ...centralInterval(values, confidence), n };
}

/** The central interval of sorted values, with equal tails; NaN where there are no values. */
export function centralInterval(sorted: number[], confidence: number): Interval {
  const tail = (1 - confidence) / 2;
  return {
    ci_low: quantileSorted(sorted, tail) ?? Number.NaN,
    ci_high: quantileSorted(sorted, 1 - tail) ?? Number.NaN,
  };
}
