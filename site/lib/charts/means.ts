import type { Row } from '../queries/query.ts';
import type { LogAxis } from './axes.ts';
import type { Layer } from './figure.ts';
import { type Kind, shapeBy } from './series.ts';

/** How a quantity is shown. */
export interface Quantity {
  readonly title: string;
  /** For axes and tooltips, as d3-format takes it. */
  readonly format: string;
  /** Values that its axis reaches at least. */
  readonly reach?: readonly number[];
  /** For a logarithmic axis, where as far apart means as many times as large. */
  readonly log?: LogAxis;
}

/**
 * The means as points, each on its interval, which runs along one axis; shapes as `kind` has them.
 * @param rows as `colorBy` takes them
 */
export function meansWithIntervals(
  along: 'x' | 'y',
  { title, format, reach, log }: Quantity,
  kind?: Kind,
  rows?: readonly Row[],
): Layer[] {
  // Along a row a mark at the least value would lie on the row's name.
  const scale = log
    ? ({ type: 'log', domain: [...log.domain], nice: false } as const)
    : { zero: false, ...(along === 'x' && { nice: false, padding: 8 }) };
  const axis = { format, title, ...(log && { values: [...log.values] }) };
  const at = { type: 'quantitative', axis, scale } as const;
  const shape = kind && shapeBy(kind, rows);
  const unseen: Layer = {
    data: { values: reach?.map((value) => ({ value })) ?? [] },
    mark: { type: 'point', opacity: 0 },
    encoding: {
      [along]: { field: 'value', ...at },
      [along === 'x' ? 'y' : 'x']: { value: 0 },
      color: { value: 'transparent' },
      tooltip: null, // the chart's own would be of a row that there is none of
    },
  };
  return [
    ...(reach ? [unseen] : []),
    {
      mark: { type: 'rule', strokeCap: 'round', tooltip: false },
      encoding: { [along]: { field: 'ci_low', ...at }, [`${along}2`]: { field: 'ci_high' } },
    },
    {
      mark: 'point',
      encoding: { [along]: { field: 'mean', ...at }, ...(shape && { shape }) },
    },
  ];
}

/** A line through the means. */
export const MEAN_LINE: Layer = {
  mark: { type: 'line', tooltip: false },
  encoding: { y: { field: 'mean', type: 'quantitative' } },
};

/**
 * What a tooltip says of a mean, after the fields that name it.
 * @param level the confidence level of the interval in words, here and below
 */
export const meanTooltip = (
  names: readonly { field: string; title: string }[],
  { title, format }: Quantity,
  level: string,
) => [
  ...names,
  { field: 'mean', title, format },
  { field: 'ci_low', title: `${level} interval from`, format },
  { field: 'ci_high', title: 'to', format },
  { field: 'n', title: 'n' },
];

/** Table heads of the columns that every mean has. */
export const meanColumns = (format: string, level: string) => ({
  mean: { label: 'mean', format },
  ci_low: { label: `${level} interval, from`, format },
  ci_high: { label: 'to', format },
  n: { label: 'n' },
});
