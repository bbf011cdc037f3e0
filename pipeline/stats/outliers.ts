/** A norm is an outlier where it is more than so many times the median. */
export const OUTLIER_FACTOR = 3;

/** The norm above which an activation is an outlier: `OUTLIER_FACTOR` times the median of the norms. */
export function outlierBound(norms: ArrayLike<number>): number {
  const sorted = Float64Array.from(norms).sort();
  return OUTLIER_FACTOR * (sorted[Math.floor(sorted.length / 2)] ?? 0);
}
