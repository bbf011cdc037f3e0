import type { Row } from '../queries/query.ts';
import { SERIES } from './chart-config.ts';
import type { Chart, Layer } from './figure.ts';
import { distinct } from './figure-rows.ts';

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
