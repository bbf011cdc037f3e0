import type { Row } from '../queries/query.ts';
import { rowAxis } from './axes.ts';
import { SERIES } from './chart-config.ts';
import type { Chart } from './figure.ts';
import { distinct } from './figure-rows.ts';
import { meansWithIntervals, meanTooltip, type Quantity } from './means.ts';
import { CLOSE_LEGEND, colorBy } from './series.ts';

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
