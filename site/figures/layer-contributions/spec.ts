import { rowAxis } from '../../lib/charts/axes.ts';
import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { distinct } from '../../lib/charts/figure-rows.ts';
import { meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords } from '../../lib/charts/row-words.ts';
import type { Row } from '../../lib/queries/query.ts';

const CONTRIBUTION = { title: 'contribution to the logit difference', format: '.1f', reach: [0] };

const size = ({ mean }: Row): number => Math.abs(Number(mean));

const figure: FigureSpec = (level) => ({
  title: 'What each part of the model contributes',
  columns: {
    proxy: { label: 'difference' },
    template: { label: 'template' },
    place: { label: 'at' },
    part: { label: 'part' },
    layer: { label: 'layer' },
    component: { label: 'component' },
    ...meanColumns('0.00', level),
  },
  controls: (rows) => [
    choice(rows, 'proxy', 'Difference'),
    choice(rows, 'template', 'Template'),
    choice(rows, 'place', 'At'),
  ],
  chart: (rows) => ({
    height: 18 * distinct(rows, 'part').length,
    encoding: {
      y: rowAxis(rows, 'part'),
      tooltip: meanTooltip([{ field: 'part', title: 'part' }], CONTRIBUTION, level),
    },
    layer: meansWithIntervals('x', CONTRIBUTION),
  }),
  describe(shown) {
    const [first, second] = shown.toSorted((a, b) => size(b) - size(a));
    return `What each part adds to the logit difference, ${shown[0]!.proxy}, at ${shown[0]!.place} of ${shown[0]!.template} lists. Most: ${first!.part} with ${meanInWords(first!, '0.0', level)}, then ${second!.part} with ${meanInWords(second!, '0.0', level)}.`;
  },
  n: (shown) => `${Math.max(...shown.map(({ n }) => Number(n)))} ${shown[0]!.template} lists`,
});

export default figure;
