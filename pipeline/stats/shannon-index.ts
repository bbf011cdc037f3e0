/**
 * Shannon's diversity index in nats, `−Σ p ln p` over the shares p of distinct values; 0 where all values are equal.
 * Source: Shannon (1948), section 6.
 */
export const shannonIndex = (values: readonly unknown[]): number =>
  shannonIndexOfCounts(countsOf(values));

/** Shannon's diversity index, from the count of each distinct value. */
export function shannonIndexOfCounts(counts: readonly number[]): number {
  const total = counts.reduce((a, b) => a + b, 0);
  return counts.reduce((sum, n) => (n > 0 ? sum - (n / total) * Math.log(n / total) : sum), 0);
}

/** How often each distinct value is there. */
export function countsOf(values: readonly unknown[]): number[] {
  const counts = new Map<unknown, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()];
}
