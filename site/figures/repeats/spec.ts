import {
  CLOSE_LEGEND,
  choice,
  colorBy,
  distinct,
  meanColumns,
  meanInWords,
  meansWithIntervals,
  meanTooltip,
  rowAxis,
  total,
} from '../../lib/charts/chart-parts.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';

const MEAN = { title: 'mean', format: '.3~g', reach: [0, 0.05] };

const figure: FigureSpec = (level) => ({
  title: 'Repeated items',
  columns: {
    quantity: { label: 'quantity' },
    topic: { label: 'topic' },
    prompt: { label: 'template and temperature' },
    ...meanColumns('0.000', level),
  },
  controls: (rows) => [choice(rows, 'quantity', 'Quantity'), choice(rows, 'topic', 'Topic')],
  chart: (rows) => ({
    height: 24 * distinct(rows, 'prompt').length,
    encoding: {
      y: rowAxis(rows, 'prompt'),
      color: { ...colorBy('template'), legend: CLOSE_LEGEND },
      tooltip: meanTooltip([{ field: 'prompt', title: 'lists' }], MEAN, level),
    },
    layer: meansWithIntervals('x', MEAN, 'template'),
  }),
  describe(shown) {
    const said = shown.map((row) => `${row.prompt}, ${meanInWords(row, '0.00', level)}`);
    return `Share of ${shown[0]!.quantity} by template and temperature: ${said.join('; ')}.`;
  },
  n: (shown) => total(shown, 'n', 'lists'),
});

export default figure;
