import type { Row } from '../queries/query.ts';
import { SERIES } from './chart-config.ts';

/** What colours and shapes tell apart. */
export type Kind = keyof typeof SERIES;

interface Series {
  readonly domain: readonly string[];
  readonly range: readonly string[];
  readonly shape: readonly string[];
}

/** A colour for each template or condition, with a legend. @param rows where given, those that they have none of are left out */
export const colorBy = (kind: Kind, field: string = kind, rows?: readonly Row[]) => {
  const { domain, color } = seriesOf(kind, field, rows);
  return { field, type: 'nominal', scale: { domain, range: color } } as const;
};

/** A shape for each, as `colorBy` has the colours; its legend is theirs. */
export function shapeBy(kind: Kind, rows?: readonly Row[]) {
  const { domain, shape } = seriesOf(kind, kind, rows);
  return { field: kind, type: 'nominal', scale: { domain, range: shape } } as const;
}

/** The names of a kind with their colours and shapes. @param rows where given, names that they have none of are left out */
function seriesOf(kind: Kind, field: string, rows?: readonly Row[]) {
  const { domain, range, shape }: Series = SERIES[kind];
  const there = new Set(rows?.map((row) => row[field]));
  const kept = domain.map((name) => rows === undefined || there.has(name));
  const left = (values: readonly string[]) => values.filter((_, i) => kept[i]);
  return { domain: left(domain), color: left(range), shape: left(shape) };
}

/** Where no axis title stands between the legend and the chart. */
export const CLOSE_LEGEND = { offset: 8 } as const;
