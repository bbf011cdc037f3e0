/** One interval of a histogram; the last one holds its upper end too. */
export interface Bin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/**
 * Count values in equal intervals from 0 to the greatest.
 * @param values none negative
 * @returns no intervals where there are no values, or none above 0
 */
export function histogram(values: readonly number[], bins: number): Bin[] {
  const greatest = values.reduce((a, b) => Math.max(a, b), 0);
  if (greatest === 0) return [];
  const counts = new Array<number>(bins).fill(0);
  for (const value of values)
    counts[Math.min(bins - 1, Math.floor((value / greatest) * bins))]! += 1;
  return counts.map((count, i) => ({
    low: (greatest * i) / bins,
    high: (greatest * (i + 1)) / bins,
    count,
  }));
}
