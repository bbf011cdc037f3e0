import { rowAxis } from '../../lib/charts/axes.ts';
import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords } from '../../lib/charts/row-words.ts';

const SHARE = { title: 'share of the word’s effect', format: '.2f', reach: [0, 1] };

const figure: FigureSpec = (level) => ({
  title: 'Ways to choose layers',
  columns: {
    heuristic: { label: 'chosen by' },
    chosen: { label: 'layers chosen' },
    layers: { label: 'which' },
    ...meanColumns('0.000', level),
    memory_mb: { label: 'memory (MB)', format: '0' },
    seconds: { label: 'time (s)', format: '0.0' },
  },
  controls: (rows) => [choice(rows, 'chosen', 'Layers chosen')],
  chart: (rows) => ({
    height: 240,
    encoding: {
      y: rowAxis(rows, 'heuristic'),
      tooltip: [
        ...meanTooltip(
          [
            { field: 'heuristic', title: 'chosen by' },
            { field: 'layers', title: 'layers' },
          ],
          SHARE,
          level,
        ),
        { field: 'memory_mb', title: 'memory (MB)', format: ',' },
        { field: 'seconds', title: 'time (s)', format: '.1f' },
      ],
    },
    layer: meansWithIntervals('x', SHARE),
  }),
  describe(shown) {
    const ordered = shown.toSorted((a, b) => Number(b.mean) - Number(a.mean));
    const [first, last] = [ordered[0]!, ordered.at(-1)!];
    return `Share of the word’s effect that so many layers carry over: ${first.chosen}, by how they are chosen. Most: ${first.heuristic} with ${meanInWords(first, '0.00', level)}; least: ${last.heuristic} with ${meanInWords(last, '0.00', level)}.`;
  },
  n: (shown) => `${Math.max(...shown.map(({ n }) => Number(n)))} lists`,
});

export default figure;
