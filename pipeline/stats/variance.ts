/**
 * Sample variance, with denominator n − 1; null for fewer than two values. Computed in two passes, because d3-array's
 * one-pass result differs from the published tables in the last bits.
 */
export function variance(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
}
