import { rankCorrelation } from '../../../stats/rank-correlation.ts';

type Clusters = readonly (readonly number[])[];

/** The mean of all values; null if there are none. */
function meanOf(clusters: Clusters): number | null {
  let sum = 0;
  let n = 0;
  for (const values of clusters) {
    for (const value of values) sum += value;
    n += values.length;
  }
  return n === 0 ? null : sum / n;
}

/**
 * ε²: the share of the variance that lies between clusters, corrected for chance. Null if no cluster has two values, or
 * if all values are equal.
 * Source: Kelley (1935), An unbiased correlation ratio measure.
 */
export function epsilonSquared(clusters: Clusters): number | null {
  const mean = meanOf(clusters);
  const n = clusters.flat().length;
  if (mean === null || n <= clusters.length) return null;
  const squares = (values: readonly number[], around: number) =>
    values.reduce((sum, value) => sum + (value - around) ** 2, 0);
  const total = squares(clusters.flat(), mean) / (n - 1);
  const within =
    clusters.reduce((sum, values) => sum + squares(values, meanOf([values]) ?? 0), 0) /
    (n - clusters.length);
  return total === 0 ? null : 1 - within / total;
}

/** Spearman's rank correlation of all pairs; null if it is undefined. */
export function pairCorrelation(
  clusters: readonly (readonly (readonly [number, number])[])[],
): number | null {
  const pairs = clusters.flat();
  return rankCorrelation(
    pairs.map(([x]) => x),
    pairs.map(([, y]) => y),
  );
}
