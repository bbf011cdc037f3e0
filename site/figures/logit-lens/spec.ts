import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { distinct } from '../../lib/charts/figure-rows.ts';
import { MEAN_LINE, meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords } from '../../lib/charts/row-words.ts';

const DIFFERENCE = { title: 'logit difference', format: '.1f', reach: [0] };

const figure: FigureSpec = (level) => ({
  title: 'The logit lens, by layer and item',
  columns: {
    proxy: { label: 'difference' },
    template: { label: 'template' },
    counted: { label: 'counted' },
    item: { label: 'item' },
    layers: { label: 'layers' },
    ...meanColumns('0.00', level),
  },
  controls: (rows) => [
    choice(rows, 'proxy', 'Difference'),
    choice(rows, 'template', 'Template'),
    choice(rows, 'counted', 'Items counted'),
  ],
  chart: (rows) => ({
    height: 260,
    encoding: {
      x: {
        field: 'layers',
        type: 'quantitative',
        title: 'layers',
        scale: { padding: 12, nice: false },
        axis: { tickMinStep: 1 },
      },
      color: {
        field: 'item',
        type: 'ordinal',
        sort: distinct(rows, 'item'),
        scale: { scheme: 'viridis' },
        legend: { columns: 3 },
      },
      tooltip: meanTooltip(
        [
          { field: 'item', title: 'item' },
          { field: 'layers', title: 'layers' },
        ],
        DIFFERENCE,
        level,
      ),
    },
    layer: [MEAN_LINE, ...meansWithIntervals('y', DIFFERENCE)],
  }),
  describe(shown) {
    const last = Math.max(...shown.map(({ layers }) => Number(layers)));
    const said = shown
      .filter(({ layers }) => layers === last)
      .map((row) => `${row.item}: ${meanInWords(row, '0.0', level)}`);
    return `Mean logit difference, ${shown[0]!.proxy}, in ${shown[0]!.template} lists, by layer and item. After the last of ${last} layers: ${said.join('; ')}.`;
  },
  n: (shown) => `${Math.max(...shown.map(({ n }) => Number(n)))} ${shown[0]!.template} lists`,
});

export default figure;
