import { formatNumber } from '../number-format.ts';
import { plainWord } from '../plain-words.ts';
import type { Row } from '../queries/query.ts';
import { SERIES } from './chart-config.ts';
import type { Chart, Control } from './figure.ts';

type Layer = Chart['layer'][number];

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

/** Where a logarithmic axis begins and ends, and the values that it names. */
export interface LogAxis {
  readonly domain: readonly [low: number, high: number];
  readonly values: readonly number[];
}

type Kind = keyof typeof SERIES;

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

/** A colour for each template or condition, with a legend. @param rows where given, those that they have none of are left out */
export const colorBy = (kind: Kind, field: string = kind, rows?: readonly Row[]) => {
  const { domain, color } = seriesOf(kind, field, rows);
  return { field, type: 'nominal', scale: { domain, range: color } } as const;
};

/** The names of a kind with their colours and shapes. @param rows where given, names that they have none of are left out */
function seriesOf(kind: Kind, field: string, rows?: readonly Row[]) {
  const { domain, range, shape }: Series = SERIES[kind];
  const there = new Set(rows?.map((row) => row[field]));
  const kept = domain.map((name) => rows === undefined || there.has(name));
  const left = (values: readonly string[]) => values.filter((_, i) => kept[i]);
  return { domain: left(domain), color: left(range), shape: left(shape) };
}

interface Series {
  readonly domain: readonly string[];
  readonly range: readonly string[];
  readonly shape: readonly string[];
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

function shapeBy(kind: Kind, rows?: readonly Row[]) {
  const { domain, shape } = seriesOf(kind, kind, rows);
  return { field: kind, type: 'nominal', scale: { domain, range: shape } } as const;
}

/** A line through the means. */
export const MEAN_LINE: Layer = {
  mark: { type: 'line', tooltip: false },
  encoding: { y: { field: 'mean', type: 'quantitative' } },
};

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

/** One mean a topic and template, topics down the side in the order of the rows. */
export function byTopic(rows: readonly Row[], quantity: Quantity, level: string): Chart {
  const names = [
    { field: 'topic', title: 'topic' },
    { field: 'template', title: 'template' },
  ];
  return {
    height: 21 * distinct(rows, 'topic').length,
    encoding: {
      y: rowAxis(rows, 'topic'),
      yOffset: {
        field: 'template',
        type: 'nominal',
        scale: { domain: [...SERIES.template.domain] },
      },
      color: { ...colorBy('template'), legend: CLOSE_LEGEND },
      tooltip: meanTooltip(names, quantity, level),
    },
    layer: meansWithIntervals('x', quantity, 'template'),
  };
}

/** Features by topic, the brighter the greater; `value` is a share. */
export const topicHeat = (
  feature: string,
  order: string,
  { tooltip = [], mark = {} }: { tooltip?: readonly object[]; mark?: object } = {},
): Chart => ({
  height: { step: 16 },
  encoding: {
    x: {
      field: feature,
      type: 'nominal',
      sort: { field: order },
      axis: { title: null, labelAngle: -60, domain: false, ticks: false },
    },
    y: { field: 'topic', type: 'nominal', axis: { title: null, domain: false, ticks: false } },
    color: {
      field: 'value',
      type: 'quantitative',
      scale: { scheme: 'viridis', domain: [0, 1] },
      legend: { title: null, gradientLength: 160, format: '.1f', tickCount: 3 },
    },
    tooltip: [
      { field: feature, title: 'feature' },
      { field: 'topic', title: 'topic' },
      { field: 'value', title: 'mean share', format: '.2f' },
      ...tooltip,
    ],
  },
  layer: [{ mark: { type: 'rect', ...mark } }],
});

/**
 * Histograms of counts by length, `n_lists` by `n_items`: a row for each template, so that none hides another, with the
 * count of its highest bar. Where one template is chosen, it has all the room.
 */
export function lengthBars(rows: readonly Row[]): {
  transform: NonNullable<Chart['transform']>;
  layer: Layer[];
} {
  const there = new Set(distinct(rows, 'template'));
  const names = JSON.stringify(SERIES.template.domain.filter((name) => there.has(name)).reverse());
  const x = {
    field: 'from',
    type: 'quantitative',
    title: 'items in the list',
    scale: { nice: false, zero: false, padding: 4 },
  } as const;
  return {
    transform: [
      { joinaggregate: [{ op: 'max', field: 'n_lists', as: 'most' }] },
      { joinaggregate: [{ op: 'max', field: 'n_lists', as: 'highest' }], groupby: ['template'] },
      { calculate: `template === '' ? indexof(${names}, datum.template) : 0`, as: 'base' },
      { calculate: 'datum.base + 0.82 * datum.n_lists / datum.most', as: 'top' },
      { calculate: 'datum.n_items - 0.45', as: 'from' },
      { calculate: 'datum.n_items + 0.45', as: 'to' },
    ],
    layer: [
      {
        mark: { type: 'bar' },
        encoding: {
          x,
          x2: { field: 'to' },
          y: {
            field: 'base',
            type: 'quantitative',
            scale: {
              domainMin: 0,
              domainMax: { expr: `template === '' ? length(${names}) : 1` },
              nice: false,
            },
            axis: {
              title: 'lists',
              values: [...there.keys()].map((_, i) => i),
              labelExpr: `template === '' ? ${names}[datum.value] : datum.value == 0 ? template : ''`,
              labelBaseline: 'bottom',
            },
          },
          y2: { field: 'top' },
          tooltip: [
            { field: 'template', title: 'template' },
            { field: 'n_items', title: 'items' },
            { field: 'n_lists', title: 'lists' },
          ],
        },
      },
      {
        transform: [{ filter: 'datum.n_lists === datum.highest' }],
        mark: { type: 'text', dy: -7, fontSize: 11, tooltip: false },
        encoding: {
          x: { field: 'n_items', type: 'quantitative' },
          y: { field: 'top', type: 'quantitative' },
          text: { field: 'n_lists', type: 'quantitative' },
          color: { value: 'var(--soft)' },
        },
      },
    ],
  };
}

/** Names down the side, in the order of the rows. */
export const rowAxis = (rows: readonly Row[], field: string) =>
  ({
    field,
    type: 'nominal',
    sort: distinct(rows, field),
    axis: { title: null, grid: true, domain: false, ticks: false },
  }) as const;

/** Where no axis title stands between the legend and the chart. */
export const CLOSE_LEGEND = { offset: 8 } as const;

export const TEMPLATE_CONTROL: Control = {
  param: 'template',
  label: 'Template',
  options: [
    { value: '', label: 'all' },
    ...SERIES.template.domain.map((value) => ({ value, label: value })),
  ],
};

/** Choose among the values of a column; the first row's is the one to begin with. */
export const choice = (rows: readonly Row[], param: string, label: string): Control => ({
  param,
  label,
  options: distinct(rows, param).map((value) => ({ value, label: plainWord(value) })),
});

export const distinct = (rows: readonly Row[], column: string): string[] => [
  ...new Set(rows.map((row) => String(row[column]))),
];

/** `5.0 (95 % interval 4.8 to 5.3)` */
export function meanInWords({ mean, ci_low, ci_high }: Row, format: string, level: string): string {
  const [at, low, high] = [mean, ci_low, ci_high].map((v) => formatNumber(Number(v), format));
  return `${at} (${level} interval ${low} to ${high})`;
}

/** `1,140 items`: the sum of a column, and what it counts. */
export const total = (rows: readonly Row[], column: string, counted: string): string =>
  `${formatNumber(
    rows.reduce((sum, row) => sum + Number(row[column]), 0),
    '0',
  )} ${counted}`;

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

/** How the lists of rows were written, in words: the same for all that a chart of ablations shows. */
export const protocolOf = (shown: readonly Row[]): string => plainWord(String(shown[0]!.protocol));
