import { FROM_EITHER_END, itemAxis } from '../../lib/charts/axes.ts';
import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { distinct } from '../../lib/charts/figure-rows.ts';
import { MEAN_LINE, meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords } from '../../lib/charts/row-words.ts';
import type { Row } from '../../lib/queries/query.ts';

const MEASURE = { title: 'mean', format: '.3~g', reach: [0] };

const figure: FigureSpec = (level) => ({
  title: 'The end along lists by several authors',
  columns: {
    what: { label: 'what is measured' },
    template: { label: 'template' },
    counted: { label: 'counted' },
    author: { label: 'lists' },
    place: { label: 'item' },
    ...meanColumns('0.000', level),
  },
  controls: (rows) => [
    choice(rows, 'what', 'After each item'),
    choice(rows, 'template', 'Template'),
    choice(rows, 'counted', 'Items counted'),
  ],
  chart: (rows) => ({
    height: 260,
    encoding: {
      x: itemAxis({ labelExpr: FROM_EITHER_END }),
      color: { ...byAuthor(rows, COLORS), legend: LEGEND },
      tooltip: meanTooltip(
        [
          { field: 'author', title: 'lists' },
          { field: 'place', title: 'item' },
        ],
        MEASURE,
        level,
      ),
    },
    layer: [
      MEAN_LINE,
      // The points have the authors' shapes in place of the last layer's.
      ...meansWithIntervals('y', MEASURE).slice(0, -1),
      {
        mark: 'point',
        encoding: {
          y: { field: 'mean', type: 'quantitative' },
          shape: { ...byAuthor(rows, SHAPES), legend: LEGEND },
        },
      },
    ],
  }),
  describe(shown) {
    const said = [...Map.groupBy(shown, ({ author }) => author)].map(([author, of]) => {
      const [first, last] = [of[0]!, of.at(-1)!];
      return `${author}: ${meanInWords(first, '0.000', level)} after item ${first.place}, ${meanInWords(last, '0.000', level)} after item ${last.place}`;
    });
    return `Mean ${shown[0]!.what} in ${shown[0]!.template} lists, items counted ${shown[0]!.counted}. ${said.join('; ')}.`;
  },
  n: (shown) =>
    `${Math.max(...shown.map(({ n }) => Number(n)))} ${shown[0]!.template} lists an author at most`,
});

/** Enough for the authors of a study with two others beside it. */
const COLORS = [
  'var(--series-1)',
  'var(--series-3)',
  'var(--series-2)',
  'var(--series-4)',
  'var(--series-5)',
  'var(--soft)',
  'var(--ink)',
];
const SHAPES = [
  'circle',
  'square',
  'diamond',
  'triangle-up',
  'cross',
  'triangle-down',
  'triangle-right',
];

/** The authors' names are long: a phone has room for one column. */
const LEGEND = { title: null, columns: { expr: 'width < 400 ? 1 : 3' } };

/** One value an author, in the order of the rows. */
function byAuthor(rows: readonly Row[], values: readonly string[]) {
  const domain = distinct(rows, 'author');
  return {
    field: 'author',
    type: 'nominal' as const,
    scale: { domain, range: values.slice(0, domain.length) },
  };
}

export default figure;
