import { FROM_END } from '../../lib/charts/axes.ts';
import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { MEAN_LINE, meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords } from '../../lib/charts/row-words.ts';
import { colorBy } from '../../lib/charts/series.ts';
import { levelOf } from '../../lib/confidence-level.ts';
import { RELEASED } from '../../lib/queries/released.ts';

/** Its intervals are those of the released data. */
const LEVEL = levelOf(RELEASED.confidence);

const SHARE = { title: 'items with a blank after them', format: '.0%', reach: [0] };

const figure: FigureSpec = () => ({
  title: 'Blanks at the end of Gemma’s short lists',
  columns: {
    temperature: { label: 'temperature' },
    rule: { label: 'counted by' },
    items_from_end: { label: 'items from the end' },
    ...meanColumns('0.0%', LEVEL),
  },
  controls: (rows) => [choice(rows, 'temperature', 'Temperature')],
  chart: () => ({
    height: 220,
    transform: [...FROM_END.transform],
    encoding: {
      x: FROM_END.x,
      color: colorBy('rule'),
      tooltip: meanTooltip(
        [
          { field: 'rule', title: 'counted by' },
          { field: 'items_from_end', title: 'items from the end' },
        ],
        SHARE,
        LEVEL,
      ),
    },
    layer: [MEAN_LINE, ...meansWithIntervals('y', SHARE, 'rule')],
  }),
  describe(shown) {
    const said = shown
      .filter(({ rule, items_from_end }) => rule === 'token' && Number(items_from_end) < 3)
      .map((row) => meanInWords(row, '0%', LEVEL))
      .reverse();
    return `Share of items that a blank follows, counted back from the last item, at temperature ${shown[0]!.temperature}. From the last item: ${said.join('; ')}.`;
  },
  n: (shown) => `${shown.find(({ items_from_end }) => items_from_end === 0)!.n} lists`,
});

export default figure;
