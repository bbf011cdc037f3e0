import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { MEAN_LINE, meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords, total } from '../../lib/charts/row-words.ts';

/** Shares and counts alike: the chosen quantity's name stands in the control, not on the axis. */
const MEAN = { title: 'mean', format: '.3~g', reach: [0] };

const figure: FigureSpec = (level) => ({
  title: 'Short lists by temperature',
  columns: {
    quantity: { label: 'quantity' },
    topic: { label: 'topic' },
    temperature: { label: 'temperature' },
    ...meanColumns('0.00', level),
  },
  controls: (rows) => [choice(rows, 'quantity', 'Quantity'), choice(rows, 'topic', 'Topic')],
  chart: () => ({
    height: 200,
    encoding: {
      x: {
        field: 'temperature',
        type: 'quantitative',
        title: 'temperature',
        scale: { zero: false, padding: 12 },
      },
      color: { value: 'var(--series-1)' },
      tooltip: meanTooltip([{ field: 'temperature', title: 'temperature' }], MEAN, level),
    },
    layer: [MEAN_LINE, ...meansWithIntervals('y', MEAN)],
  }),
  describe(shown) {
    const said = shown.map((row) => `${meanInWords(row, '0.00', level)} at ${row.temperature}`);
    return `Short lists by temperature, ${shown[0]!.quantity}: ${said.join('; ')}.`;
  },
  n: (shown) => total(shown, 'n', 'lists'),
});

export default figure;
