/**
 * Shannon's index of diversity, `−Σ p ln p` over the shares of distinct things, in nats: 0 where all are one.
 * Source: Shannon (1948), section 6.
 */
export function shannonIndex(things: readonly unknown[]): number {
  const counts = new Map<unknown, number>();
  for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  return shannonIndexOfCounts([...counts.values()]);
}

/** The same of how often each distinct thing was seen. */
export function shannonIndexOfCounts(counts: readonly number[]): number {
  const total = counts.reduce((a, b) => a + b, 0);
  return counts.reduce((sum, n) => (n > 0 ? sum - (n / total) * Math.log(n / total) : sum), 0);
}
