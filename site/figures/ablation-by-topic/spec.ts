import { rowAxis } from '../../lib/charts/axes.ts';
import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords, protocolOf } from '../../lib/charts/row-words.ts';
import { CLOSE_LEGEND, colorBy } from '../../lib/charts/series.ts';

const EFFECT = { title: 'difference from the baseline', format: '.3~f', reach: [0] };

const figure: FigureSpec = (level) => ({
  title: 'The same by topic',
  columns: {
    sae_id: { label: 'SAE' },
    measure: { label: 'measure' },
    protocol: { label: 'protocol' },
    topic: { label: 'topic' },
    arm: { label: 'arm' },
    ...meanColumns('0.000', level),
  },
  split: 'sae_id',
  controls: (rows) => [
    choice(rows, 'sae_id', 'SAE'),
    choice(rows, 'measure', 'Measure'),
    choice(rows, 'protocol', 'Protocol'),
  ],
  chart: (rows) => ({
    height: { step: 10 },
    encoding: {
      y: rowAxis(rows, 'topic'),
      yOffset: { field: 'arm', type: 'nominal', scale: { domain: ['ablated', 'random'] } },
      color: {
        ...colorBy('arm', 'arm', rows),
        legend: CLOSE_LEGEND,
      },
      tooltip: meanTooltip(
        [
          { field: 'topic', title: 'topic' },
          { field: 'arm', title: 'arm' },
        ],
        EFFECT,
        level,
      ),
    },
    layer: meansWithIntervals('x', EFFECT, 'arm', rows),
  }),
  describe(shown) {
    const ablated = shown
      .filter(({ arm }) => arm === 'ablated')
      .toSorted((a, b) => Number(b.mean) - Number(a.mean));
    const [most, least] = [ablated[0]!, ablated.at(-1)!];
    return `Difference from the baseline in ${shown[0]!.measure} by topic, ${shown[0]!.sae_id}, ${protocolOf(shown)}. The largest: ${most.topic}, ${meanInWords(most, '0.00', level)}; the smallest: ${least.topic}, ${meanInWords(least, '0.00', level)}.`;
  },
  n: (shown) => `${Math.max(...shown.map(({ n }) => Number(n)))} lists a topic and arm`,
});

export default figure;
