import { bin, max } from 'd3-array';

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
  const greatest = max(values) ?? 0;
  if (greatest === 0) return [];
  const edges = Array.from({ length: bins - 1 }, (_, i) => (greatest * (i + 1)) / bins);
  const binned = bin().domain([0, greatest]).thresholds(edges)(values);
  return binned.map(({ x0 = 0, x1 = greatest, length }) => ({ low: x0, high: x1, count: length }));
}
