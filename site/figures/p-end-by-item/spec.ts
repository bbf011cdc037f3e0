import { itemAxis, logAxis } from '../../lib/charts/axes.ts';
import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { MEAN_LINE, meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords } from '../../lib/charts/row-words.ts';
import { colorBy } from '../../lib/charts/series.ts';
import type { Row } from '../../lib/queries/query.ts';

const PROBABILITY = { title: 'probability of the end', format: '.2~g' };

const figure: FigureSpec = (level) => ({
  title: 'The end after each item, under either word',
  columns: {
    template: { label: 'template' },
    condition: { label: 'prompt' },
    word: { label: 'its word' },
    place: { label: 'item' },
    ...meanColumns('0.0000', level),
  },
  controls: (rows) => [choice(rows, 'template', 'Template')],
  chart: (rows) => ({
    height: 260,
    encoding: {
      x: itemAxis(),
      color: colorBy('condition'),
      tooltip: meanTooltip(
        [
          { field: 'condition', title: 'prompt' },
          { field: 'word', title: 'its word' },
          { field: 'place', title: 'after item' },
        ],
        PROBABILITY,
        level,
      ),
    },
    layer: [
      MEAN_LINE,
      ...meansWithIntervals('y', { ...PROBABILITY, log: axisOf(rows) }, 'condition'),
    ],
  }),
  describe(shown) {
    const said = [...Map.groupBy(shown, ({ condition }) => condition)].map(([condition, of]) => {
      const [first, last] = [of[0]!, of.at(-1)!];
      return `${condition} prompt, with the word ${first.word}: ${meanInWords(first, '0.0000', level)} after item ${first.place}, ${meanInWords(last, '0.000', level)} after item ${last.place}`;
    });
    return `Mean probability of the end after each item of ${shown[0]!.template} lists. ${said.join('; ')}.`;
  },
  n: (shown) =>
    `${Math.max(...shown.map(({ n }) => Number(n)))} ${shown[0]!.template} lists at the first item, ${Math.min(...shown.map(({ n }) => Number(n)))} at the last`,
});

/** The same for every template, so that they can be compared. */
const axisOf = (rows: readonly Row[]) =>
  logAxis(
    rows.flatMap(({ ci_low, ci_high }) => [Number(ci_low), Number(ci_high)]).filter((p) => p > 0),
  );

export default figure;
