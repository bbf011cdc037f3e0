import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { MEAN_LINE, meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords } from '../../lib/charts/row-words.ts';
import { colorBy } from '../../lib/charts/series.ts';

const SHARE = { title: 'share of the word’s effect', format: '.2f', reach: [0, 1] };

const figure: FigureSpec = (level) => ({
  title: 'Where the word’s effect is, layer by layer',
  columns: {
    way: { label: 'patched' },
    position: { label: 'at' },
    layers: { label: 'layers' },
    ...meanColumns('0.000', level),
    estimate: { label: 'to first order', format: '0.000' },
  },
  controls: (rows) => [choice(rows, 'way', 'Patched')],
  chart: () => ({
    height: 260,
    encoding: {
      x: {
        field: 'layers',
        type: 'quantitative',
        title: 'after layers',
        scale: { padding: 12, nice: false, zero: false },
        axis: { tickMinStep: 1 },
      },
      color: colorBy('position'),
      tooltip: [
        ...meanTooltip(
          [
            { field: 'position', title: 'patched at' },
            { field: 'layers', title: 'after layers' },
          ],
          SHARE,
          level,
        ),
        { field: 'estimate', title: 'to first order', format: SHARE.format },
      ],
    },
    layer: [
      {
        mark: { type: 'line', strokeDash: [4, 3], opacity: 0.6, tooltip: false },
        encoding: { y: { field: 'estimate', type: 'quantitative' } },
      },
      MEAN_LINE,
      ...meansWithIntervals('y', SHARE, 'position'),
    ],
  }),
  describe(shown) {
    const said = [...Map.groupBy(shown, ({ position }) => position)].map(([position, rows]) => {
      const [first, last] = [rows[0]!, rows.at(-1)!];
      return `${position}: ${meanInWords(first, '0.00', level)} after layer ${first.layers}, ${meanInWords(last, '0.00', level)} after layer ${last.layers}`;
    });
    return `Share of the word’s effect that patching the residual stream carries over, ${shown[0]!.way}, by layer. ${said.join('; ')}.`;
  },
  n: (shown) => `${Math.max(...shown.map(({ n }) => Number(n)))} lists`,
});

export default figure;
