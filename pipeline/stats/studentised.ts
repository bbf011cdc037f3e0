import { quantileSorted } from 'd3-array';
import type { BootstrapOptions } from './bootstrap-options.ts';
import type { Interval } from './estimate.ts';
import { type RatioOfSums, type RobustEstimate, robustRatio } from './ratio-of-sums.ts';
import { centralProbability, tQuantile } from './student-t.ts';

/** A statistic with its interval, and a test against 0. */
export interface Studentised extends Interval {
  readonly value: number;
  /** Two-sided p-value of the statistic against 0; null for a single cluster. */
  readonly p: number | null;
}

/**
 * A mean, a ratio of sums or a difference of ratios with its studentised cluster bootstrap interval (bootstrap-t). Whole
 * clusters are resampled with replacement; each resample gives t* = (value* − value) / se*, and the interval is
 * [value − t*₍upper₎ · se, value − t*₍lower₎ · se]. The standard errors are cluster-robust (`robustRatio`). The p-value is
 * twice the smaller tail of the t* beyond value / se, so that, to a resample, it is below 1 − confidence where the interval
 * excludes 0; it is never below 2 / (resamples + 1).
 *
 * - Where se* is 0 (all drawn clusters agree), t* is infinite, of the sign of value* − value. Where so many are that an
 *   end of the interval would be infinite, Student's t with G − 1 degrees of freedom takes the place of the t*.
 * - Of fewer than `FEWEST_CLUSTERS` clusters too few different resamples can be drawn for the tails of t*, and Student's t
 *   is taken, too: Polansky (2000), Can. J. Stat. 28, 501–516, on the instability of bootstrap-t in small samples.
 * - Where se is 0 (all clusters agree), the interval has no width; p is 1 for a value of 0, else that of the sign-flip
 *   test, 2^(1 − G).
 * - With a single cluster nothing is known of the variance: the interval has no width, and there is no p-value.
 *
 * Sources: Davison & Hinkley (1997), Bootstrap Methods and their Application, section 3.8 (clusters), chapters 4
 * (p-values) and 5 (studentised intervals); Hall (1992), The Bootstrap and Edgeworth Expansion, chapter 3.
 *
 * @param ratios one ratio of sums, or two of which the second is subtracted
 * @throws where a sum of weights is 0
 */
export function studentised(
  ratios: readonly RatioOfSums[],
  options: BootstrapOptions,
): Studentised {
  const estimate = robustRatio(ratios);
  const { value, standardError } = estimate;
  if (Number.isNaN(value)) throw new Error('no observations to average: give at least one');
  const clusters = ratios[0]!.sums.length;
  if (clusters < 2) return { value, ci_low: value, ci_high: value, p: null };
  if (standardError === 0)
    return { value, ci_low: value, ci_high: value, p: value === 0 ? 1 : 2 ** (1 - clusters) };
  const byT = () => studentT(estimate, clusters, options.confidence);
  if (clusters < FEWEST_CLUSTERS) return byT();
  return byBootstrap(estimate, resampledT(ratios, estimate.value, options), options) ?? byT();
}

/** With fewer clusters, intervals are those of Student's t. */
export const FEWEST_CLUSTERS = 8;

function studentT(
  { value, standardError }: RobustEstimate,
  clusters: number,
  confidence: number,
): Studentised {
  const reach = tQuantile(confidence, clusters - 1) * standardError;
  const p = 1 - centralProbability(Math.abs(value / standardError), clusters - 1);
  return { value, ci_low: value - reach, ci_high: value + reach, p };
}

/** @returns null where an end of the interval is infinite */
function byBootstrap(
  { value, standardError }: RobustEstimate,
  drawn: number[],
  { confidence }: BootstrapOptions,
): Studentised | null {
  const tail = (1 - confidence) / 2;
  const [lower, upper] = [quantileSorted(drawn, tail), quantileSorted(drawn, 1 - tail)];
  if (!Number.isFinite(lower) || !Number.isFinite(upper)) return null;
  const observed = value / standardError;
  const above = drawn.filter((t) => t >= observed).length;
  const below = drawn.filter((t) => t <= observed).length;
  return {
    value,
    ci_low: value - upper! * standardError,
    ci_high: value - lower! * standardError,
    p: Math.min(1, (2 * (1 + Math.min(above, below))) / (drawn.length + 1)),
  };
}

/** t* of every resample in ascending order; resamples without observations are left out. */
function resampledT(
  ratios: readonly RatioOfSums[],
  value: number,
  { resamples, random }: BootstrapOptions,
): number[] {
  const clusters = ratios[0]!.sums.length;
  const picks = new Int32Array(clusters);
  const drawn = Array.from({ length: resamples }, () => {
    for (let i = 0; i < clusters; i++) picks[i] = Math.floor(random() * clusters);
    const resample = robustRatio(ratios, picks);
    const difference = resample.value - value;
    return difference === 0 ? 0 : difference / resample.standardError;
  });
  return drawn.filter((t) => !Number.isNaN(t)).sort((a, b) => a - b);
}
