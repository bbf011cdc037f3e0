import { FROM_END } from '../../lib/charts/axes.ts';
import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { MEAN_LINE, meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords } from '../../lib/charts/row-words.ts';
import { colorBy } from '../../lib/charts/series.ts';

const PROBABILITY = { title: 'probability', format: '.3~g', reach: [0] };

const figure: FigureSpec = (level) => ({
  title: 'What the model expects next, towards the end',
  columns: {
    what: { label: 'what comes next' },
    template: { label: 'template' },
    condition: { label: 'condition' },
    items_from_end: { label: 'items from the end' },
    ...meanColumns('0.000', level),
  },
  controls: (rows) => [
    choice(rows, 'what', 'What comes next'),
    choice(rows, 'template', 'Template'),
  ],
  chart: () => ({
    height: 220,
    transform: [...FROM_END.transform],
    encoding: {
      x: FROM_END.x,
      color: colorBy('condition'),
      tooltip: meanTooltip(
        [
          { field: 'condition', title: 'prompt' },
          { field: 'items_from_end', title: 'items from the end' },
        ],
        PROBABILITY,
        level,
      ),
    },
    layer: [MEAN_LINE, ...meansWithIntervals('y', PROBABILITY, 'condition')],
  }),
  describe(shown) {
    const said = shown
      .filter(({ items_from_end }) => items_from_end === 0)
      .map((row) => `${meanInWords(row, '0.00', level)} under the ${row.condition} prompt`);
    return `Mean probability of ${shown[0]!.what}, in ${shown[0]!.template} lists by distance from the end. At the last item: ${said.join('; ')}.`;
  },
  n: (shown) => `${Math.max(...shown.map(({ n }) => Number(n)))} ${shown[0]!.template} lists`,
});

export default figure;
