import type { Clusters } from './observations.ts';

/**
 * A ratio of sums over clusters, Σ sums / Σ weights. A mean of all observations is one: its weights are the numbers of
 * observations.
 */
export interface RatioOfSums {
  /** [cluster] */
  readonly sums: Float64Array;
  /** [cluster] */
  readonly weights: Float64Array;
}

/** The mean of all observations as a ratio; clusters without observations are left out. */
export function meanAsRatio(clusters: Clusters): RatioOfSums {
  const filled = clusters.filter((values) => values.length > 0);
  return {
    sums: Float64Array.from(filled, (values) => values.reduce((a, b) => a + b, 0)),
    weights: Float64Array.from(filled, (values) => values.length),
  };
}

/** A value with its cluster-robust standard error. */
export interface RobustEstimate {
  readonly value: number;
  readonly standardError: number;
}

/**
 * A ratio of sums, or the difference of two over the same clusters, with its cluster-robust standard error: the root of
 * the sum of the clusters' squared influences, times G / (G − 1) for G clusters. The influence of a cluster on a ratio R
 * is (sums − R · weights) / Σ weights, its first-order effect; that on a difference is the difference of the influences.
 *
 * Source: linearisation of ratios, Cochran (1977), Sampling Techniques, chapter 6, and Woodruff (1971), J. Am. Stat.
 * Assoc. 66, 411–414.
 *
 * @param ratios one, or two of which the second is subtracted
 * @param picks [draw] the cluster of each draw of a resample; every cluster once where left out
 * @returns NaN as the value where a sum of weights is 0. A spread of rounding's size is 0
 */
export function robustRatio(ratios: readonly RatioOfSums[], picks?: Int32Array): RobustEstimate {
  const clusters = ratios[0]!.sums.length;
  const n = picks?.length ?? clusters;
  const totals = ratios.map((ratio) => totalOf(ratio, picks));
  let [spread, scale] = [0, 0];
  for (let i = 0; i < n; i++) {
    const cluster = picks ? picks[i]! : i;
    let influence = 0;
    for (let k = 0; k < ratios.length; k++) {
      const [value, weight] = totals[k]!;
      const sum = ratios[k]!.sums[cluster]! / weight;
      const own = sum - (value * ratios[k]!.weights[cluster]!) / weight;
      influence += k === 0 ? own : -own;
      scale += sum * sum;
    }
    spread += influence * influence;
  }
  const value = totals.reduce((sum, [ratio], k) => (k === 0 ? ratio : sum - ratio), 0);
  const isRounding = spread <= ROUNDING ** 2 * scale;
  return { value, standardError: isRounding ? 0 : Math.sqrt((spread * n) / (n - 1)) };
}

/** Relative size of differences that come from rounding alone. */
const ROUNDING = 1e-13;

function totalOf(
  { sums, weights }: RatioOfSums,
  picks?: Int32Array,
): [ratio: number, weight: number] {
  let [sum, weight] = [0, 0];
  const n = picks?.length ?? sums.length;
  for (let i = 0; i < n; i++) {
    const cluster = picks ? picks[i]! : i;
    sum += sums[cluster]!;
    weight += weights[cluster]!;
  }
  return [sum / weight, weight];
}
