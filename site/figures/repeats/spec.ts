import { rowAxis } from '../../lib/charts/axes.ts';
import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { distinct } from '../../lib/charts/figure-rows.ts';
import { meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords, total } from '../../lib/charts/row-words.ts';
import { CLOSE_LEGEND, colorBy } from '../../lib/charts/series.ts';

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
