/** A dot for each of many values along one axis, stacked where they would overlap. */
export interface Strip {
  /** [x, y] of each value's dot, in its order; x from 0 to `WIDTH`, y upward from the axis. */
  readonly dots: readonly (readonly [x: number, y: number])[];
  readonly height: number;
  /** Where the value of no effect stands. */
  readonly none: number;
  readonly ticks: readonly { readonly x: number; readonly value: number }[];
}

export const WIDTH = 640;
export const RADIUS = 4;

/** @param log whether equal factors are equal steps, and 1 is no effect; else equal differences, and 0 */
export function layOut(values: readonly number[], { log }: { readonly log: boolean }): Strip {
  const along = log ? Math.log2 : (value: number) => value;
  const none = log ? 1 : 0;
  const places = [...values, none].map(along);
  const [low, high] = [Math.min(...places), Math.max(...places)];
  const span = high - low || 1;
  const xOf = (value: number) => RADIUS + ((along(value) - low) / span) * (WIDTH - 2 * RADIUS);
  const columns = new Map<number, number>();
  const dots = values.map((value) => {
    const column = Math.round(xOf(value) / (2 * RADIUS));
    const stacked = columns.get(column) ?? 0;
    columns.set(column, stacked + 1);
    return [round(xOf(value)), RADIUS * (2 * stacked + 1)] as const;
  });
  const height = 2 * RADIUS * Math.max(...columns.values(), 1);
  return { dots, height, none: round(xOf(none)), ticks: ticksOf(low, high, log, xOf) };
}

function ticksOf(
  low: number,
  high: number,
  log: boolean,
  xOf: (value: number) => number,
): { x: number; value: number }[] {
  const doubled = log && high - low >= LEAST_DOUBLINGS;
  const values = doubled
    ? multiples(Math.ceil((high - low) / MOST_TICKS), low, high).map((at) => 2 ** at)
    : log
      ? multiples(niceStep((2 ** high - 2 ** low) / MOST_TICKS), 2 ** low, 2 ** high)
      : multiples(niceStep((high - low) / MOST_TICKS), low, high);
  return values.map((value) => ({ x: round(xOf(value)), value }));
}

const MOST_TICKS = 8;
/** With fewer powers of two on it, an axis names round values instead. */
const LEAST_DOUBLINGS = 2;

/** The multiples of a step from `low` to `high`. */
function multiples(step: number, low: number, high: number): number[] {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least || 1));
  return power * ([1, 2, 5].find((times) => times * power >= least) ?? 10);
}

const round = (x: number): number => Math.round(x * 10) / 10;
