import { clusterMean } from '../../stats/cluster-mean.ts';
import type { Estimate, IntervalSettings } from '../../stats/estimate.ts';
import { bootstrapStatistic } from '../../stats/percentile-bootstrap.ts';
import { keyedRandom } from '../../stats/random.ts';
import { tQuantile } from '../../stats/student-t.ts';
import type { Interval } from './verdict.ts';

/** One value, and what is resampled as a whole with it: a topic, unless said otherwise. */
export interface Observation {
  readonly cluster: string;
  readonly value: number;
}

/** Estimates with the study's intervals, of observations that are measured or simulated. */
export interface Estimator {
  /** Their mean; null where there are none. @param key names the random draws of its interval */
  mean(observations: readonly Observation[], key: string): Estimate | null;
  /** The same with an interval that allows for so many tests (Bonferroni). */
  meanAmong(observations: readonly Observation[], key: string, tests: number): Estimate | null;
  /** Uniform draws on [0, 1), named by a key. */
  random(key: string): () => number;
  /** Any statistic of observations by cluster; null where it is undefined. */
  statistic<T>(
    clusters: readonly (readonly T[])[],
    statistic: (clusters: readonly (readonly T[])[]) => number | null,
    key: string,
  ): Estimate | null;
}

export function estimator(settings: IntervalSettings, prefix: string): Estimator {
  const { seed, bootstrap } = settings;
  const mean = (observations: readonly Observation[], key: string) =>
    observations.length === 0
      ? null
      : clusterMean(
          {
            rows: observations,
            value: ({ value }) => value,
            cluster: ({ cluster }) => cluster,
          },
          `${prefix} ${key}`,
          settings,
        );
  const random = (key: string) => keyedRandom(seed, `${prefix} ${key}`);
  return {
    random,
    mean,
    meanAmong: (observations, key, tests) => {
      const estimate = mean(observations, key);
      const clusters = new Set(observations.map(({ cluster }) => cluster)).size;
      return estimate && widened(estimate, { confidence: bootstrap.confidence, tests, clusters });
    },
    statistic: (clusters, statistic, key) =>
      bootstrapStatistic(clusters, statistic, {
        ...bootstrap,
        random: random(key),
      }),
  };
}

/** What a corrected interval depends on. */
interface Correction {
  readonly confidence: number;
  readonly tests: number;
  readonly clusters: number;
}

/**
 * An estimate with an interval that allows for so many tests: its ends move out as those of Student's distribution would
 * (Bonferroni). The tails of a bootstrap of a thousand resamples are too thin to read them off.
 */
function widened(estimate: Estimate, { confidence, tests, clusters }: Correction): Estimate {
  const endAt = (alpha: number) => tQuantile(1 - alpha, Math.max(1, clusters - 1));
  const scale = endAt((1 - confidence) / Math.max(1, tests)) / endAt(1 - confidence);
  const { mean, ci_low, ci_high } = estimate;
  return {
    ...estimate,
    ci_low: mean - scale * (mean - ci_low),
    ci_high: mean + scale * (ci_high - mean),
  };
}

/**
 * The difference of two independent estimates, from their intervals.
 * Source: Zou & Donner (2008), Construction of confidence limits about effect measures (MOVER).
 */
export function difference(a: Interval, b: Interval): Interval {
  const mean = a.mean - b.mean;
  return {
    mean,
    ci_low: mean - Math.hypot(a.mean - a.ci_low, b.ci_high - b.mean),
    ci_high: mean + Math.hypot(a.ci_high - a.mean, b.mean - b.ci_low),
  };
}
