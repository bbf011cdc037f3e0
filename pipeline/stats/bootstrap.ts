import { quantileSorted } from 'd3-array';

/** A mean with a percentile-bootstrap interval. */
export interface Estimate {
  readonly mean: number;
  readonly ci_low: number;
  readonly ci_high: number;
  /** Number of observations. */
  readonly n: number;
}

export interface BootstrapOptions {
  readonly resamples: number;
  /** Confidence level: 0.95 for 95 %. */
  readonly confidence: number;
  /** Uniform draws on [0, 1). */
  readonly random: () => number;
}

/**
 * The mean of all observations, with an interval from a cluster bootstrap: whole clusters are resampled with
 * replacement, because observations within a cluster (a topic's lists, a list's items) are not independent. With one
 * cluster, the interval is the mean itself.
 *
 * Source: Davison & Hinkley (1997), Bootstrap Methods and their Application, section 3.8.
 *
 * @throws where there are no observations
 */
export const bootstrapMean = (clusters: Clusters, options: BootstrapOptions): Estimate =>
  bootstrapRuns([clusters], options);

/** The observations of each cluster. */
export type Clusters = readonly (readonly number[])[];

/**
 * The mean over several runs of one experiment, with an interval for the mean of a single run: each resample draws one
 * run at random, and resamples the clusters of that run.
 * @throws where a run has no observations
 */
export function bootstrapRuns(
  runs: readonly Clusters[],
  { resamples, confidence, random }: BootstrapOptions,
): Estimate {
  const tallies = runs.map(tally);
  const n = tallies.reduce((sum, { counts }) => sum + total(counts), 0);
  const mean = tallies.reduce((sum, { sums }) => sum + total(sums), 0) / n;
  if (tallies.every((run) => isConstant(run, mean)))
    return { mean, ci_low: mean, ci_high: mean, n };
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    const run = tallies.length === 1 ? 0 : Math.floor(random() * tallies.length);
    means[r] = resampledMean(tallies[run]!, random);
  }
  return { mean, ...percentileInterval(Array.from(means.sort()), confidence), n };
}

/**
 * Any statistic of clustered observations, with an interval from a cluster bootstrap. Resamples for which the statistic
 * is undefined, such as a correlation of constant values, are left out.
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
  return { mean, ...percentileInterval(values, confidence), n };
}

/** The central interval of sorted values, with equal tails; NaN where there are no values. */
function percentileInterval(
  sorted: number[],
  confidence: number,
): Pick<Estimate, 'ci_low' | 'ci_high'> {
  const tail = (1 - confidence) / 2;
  return {
    ci_low: quantileSorted(sorted, tail) ?? Number.NaN,
    ci_high: quantileSorted(sorted, 1 - tail) ?? Number.NaN,
  };
}

/** [cluster]: sum and number of observations, of the clusters that have any. */
interface Tally {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

function tally(clusters: Clusters): Tally {
  const filled = clusters.filter((values) => values.length > 0);
  if (filled.length === 0) throw new Error('no observations to average: give at least one');
  return {
    sums: Float64Array.from(filled, (values) => values.reduce((a, b) => a + b, 0)),
    counts: Float64Array.from(filled, (values) => values.length),
  };
}

/** Whether every cluster has the same mean, so that all resamples have it, too. */
const isConstant = ({ sums, counts }: Tally, mean: number): boolean =>
  sums.every((sum, i) => sum === mean * counts[i]!);

function resampledMean({ sums, counts }: Tally, random: () => number): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < sums.length; i++) {
    const pick = Math.floor(random() * sums.length);
    sum += sums[pick]!;
    count += counts[pick]!;
  }
  return sum / count;
}

/** Unlike d3's `sum`, this does not skip NaN: a NaN observation must make the mean NaN. */
const total = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
