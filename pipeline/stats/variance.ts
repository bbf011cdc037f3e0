/**
 * Sample variance, n − 1 below; null of fewer than two values. In two passes: d3-array’s, in one, differs in the last
 * bits, which published tables have.
 */
export function variance(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
}
