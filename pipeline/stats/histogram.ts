import { bin, max } from 'd3-array';

/** One bin of a histogram, [low, high); the last bin includes its upper end. */
export interface Bin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/**
 * A histogram with bins of equal width from 0 to the greatest value.
 * @param values non-negative
 * @returns no bins where there are no values, or none above 0
 */
export function histogram(values: ArrayLike<number> & Iterable<number>, bins: number): Bin[] {
  const greatest = max(values) ?? 0;
  if (greatest === 0) return [];
  const edges = Array.from({ length: bins - 1 }, (_, i) => (greatest * (i + 1)) / bins);
  const binned = bin().domain([0, greatest]).thresholds(edges)(values);
  return binned.map(({ x0 = 0, x1 = greatest, length }) => ({ low: x0, high: x1, count: length }));
}
