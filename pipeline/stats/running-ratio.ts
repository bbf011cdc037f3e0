import { bootstrapOptions } from './bootstrap-options.ts';
import type { Estimate, IntervalSettings } from './estimate.ts';
import { studentised } from './studentised.ts';

/** A ratio of means whose observations come one after the other: only the sums and the number of each cluster are kept. */
export interface RunningRatio {
  add(part: number, whole: number, cluster: unknown): void;
  /**
   * The mean of the parts over the mean of the wholes, with its studentised cluster bootstrap interval.
   * @param key determines the random draws, together with the seed
   * @returns null where there are no observations, or where the interval of the wholes' mean includes 0
   */
  estimate(key: string, settings: IntervalSettings): Estimate | null;
}

export function runningRatio(): RunningRatio {
  const clusters = new Map<unknown, { part: number; whole: number; n: number }>();
  return {
    add(part, whole, cluster) {
      const found = clusters.get(cluster) ?? { part: 0, whole: 0, n: 0 };
      clusters.set(cluster, found);
      found.part += part;
      found.whole += whole;
      found.n += 1;
    },
    estimate(key, settings) {
      const all = [...clusters.values()];
      if (all.length === 0) return null;
      const column = (of: 'part' | 'whole' | 'n') => Float64Array.from(all, (each) => each[of]);
      const ofWholes = studentised(
        [{ sums: column('whole'), weights: column('n') }],
        bootstrapOptions(settings, `${key}, whole`),
      );
      if (ofWholes.ci_low <= 0 && ofWholes.ci_high >= 0) return null;
      const ratio = { sums: column('part'), weights: column('whole') };
      const { value, ci_low, ci_high } = studentised([ratio], bootstrapOptions(settings, key));
      return { mean: value, ci_low, ci_high, n: all.reduce((total, { n }) => total + n, 0) };
    },
  };
}
