import { FROM_END } from '../../lib/charts/axes.ts';
import { TEMPLATE_CONTROL } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { allZero } from '../../lib/charts/figure-rows.ts';
import { MEAN_LINE, meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords, total } from '../../lib/charts/row-words.ts';
import { colorBy } from '../../lib/charts/series.ts';
import type { Row } from '../../lib/queries/query.ts';

const SHARE = { title: 'items with a blank after them', format: '.0%', reach: [0] };

const figure: FigureSpec = (level) => ({
  title: 'Blanks by distance from the end',
  columns: {
    template: { label: 'template' },
    items_from_end: { label: 'items from the end' },
    ...meanColumns('0.0%', level),
  },
  controls: () => [TEMPLATE_CONTROL],
  instead: (rows) =>
    allZero(rows) ? 'None of the last ten items of any list has a blank after it.' : undefined,
  chart: () => ({
    height: 220,
    transform: [...FROM_END.transform],
    encoding: {
      x: FROM_END.x,
      color: colorBy('template'),
      tooltip: meanTooltip(
        [
          { field: 'template', title: 'template' },
          { field: 'items_from_end', title: 'items from the end' },
        ],
        SHARE,
        level,
      ),
    },
    layer: [MEAN_LINE, ...meansWithIntervals('y', SHARE, 'template')],
  }),
  describe(shown) {
    const said = lastItems(shown).map(
      (row) => `${meanInWords(row, '0%', level)} in ${row.template} lists`,
    );
    return `Share of items that a blank follows, by distance from the end. On the last item: ${said.join('; ')}.`;
  },
  n: (shown) => total(lastItems(shown), 'n', 'lists'),
});

export default figure;

const lastItems = (rows: readonly Row[]): Row[] =>
  rows.filter(({ items_from_end }) => items_from_end === 0);
