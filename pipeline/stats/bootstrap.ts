/** A mean with a percentile-bootstrap interval. */
export interface Estimate {
  readonly mean: number;
  readonly ci_low: number;
  readonly ci_high: number;
  /** Observations behind the mean. */
  readonly n: number;
}

export interface BootstrapOptions {
  readonly resamples: number;
  /** Share of the resampled means inside the interval, 0.95 for 95 %. */
  readonly confidence: number;
  /** Uniform draws on [0, 1). */
  readonly random: () => number;
}

/**
 * The mean of all observations, with an interval from resampling whole clusters with replacement, because
 * observations within a cluster (a topic's lists, a list's items) are not independent. One cluster alone
 * has no spread to resample: its interval is the mean itself.
 *
 * Source: Davison & Hinkley (1997), Bootstrap Methods and their Application, section 3.8.
 *
 * @param clusters the observations of each cluster; at least one observation in all
 */
export function bootstrapMean(
  clusters: readonly (readonly number[])[],
  { resamples, confidence, random }: BootstrapOptions,
): Estimate {
  const filled = clusters.filter((values) => values.length > 0);
  if (filled.length === 0) throw new Error('no observations to average');
  const sums = Float64Array.from(filled, (values) => values.reduce((a, b) => a + b, 0));
  const counts = Float64Array.from(filled, (values) => values.length);
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) means[r] = resampledMean(sums, counts, random);
  means.sort();
  const tail = (1 - confidence) / 2;
  return {
    mean: total(sums) / total(counts),
    ci_low: quantile(means, tail),
    ci_high: quantile(means, 1 - tail),
    n: total(counts),
  };
}

/** Quantile of sorted values, linear between neighbours. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}

function resampledMean(sums: Float64Array, counts: Float64Array, random: () => number): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < sums.length; i++) {
    const pick = Math.floor(random() * sums.length);
    sum += sums[pick]!;
    count += counts[pick]!;
  }
  return sum / count;
}

const total = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
