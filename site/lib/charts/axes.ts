import type { Row } from '../queries/query.ts';
import { distinct } from './figure-rows.ts';

/** Where a logarithmic axis begins and ends, and the values that it names. */
export interface LogAxis {
  readonly domain: readonly [low: number, high: number];
  readonly values: readonly number[];
}

/** A logarithmic axis for positive values: it names powers of ten, and where there are few of them 2 and 5 times these. */
export function logAxis(values: readonly number[]): LogAxis {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const decades = Array.from(
    { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, i) => Math.floor(Math.log10(low)) + i,
  );
  const steps = decades.length > 4 ? [1] : [1, 2, 5];
  const named = decades.flatMap((decade) => steps.map((step) => Number(`${step}e${decade}`)));
  return { domain: [low, high], values: named.filter((value) => value >= low && value <= high) };
}

/** Names down the side, in the order of the rows. */
export const rowAxis = (rows: readonly Row[], field: string) =>
  ({
    field,
    type: 'nominal',
    sort: distinct(rows, field),
    axis: { title: null, grid: true, domain: false, ticks: false },
  }) as const;

/** The axis of items in a list, by the column `place`. */
export const itemAxis = (axis: Readonly<Record<string, unknown>> = {}) => ({
  field: 'place',
  type: 'quantitative' as const,
  title: 'item',
  scale: { zero: false, nice: false, padding: 12 },
  axis: { tickMinStep: 1, ...axis },
});

/** Labels of `itemAxis` where items may be counted from the end, the last as 0: counted from the start, there is no item 0. */
export const FROM_EITHER_END =
  "datum.value == 0 ? (domain('x')[0] < -1 ? 'last' : '') : datum.label";

/** Items by their distance from the end, the last one on the right. */
export const FROM_END = {
  transform: [{ calculate: '-datum.items_from_end', as: 'place' }],
  x: {
    field: 'place',
    type: 'quantitative',
    title: 'items before the last',
    scale: { padding: 12, nice: false, zero: false },
    axis: { labelExpr: "datum.value == 0 ? 'last' : -datum.value", tickMinStep: 1 },
  },
} as const;
