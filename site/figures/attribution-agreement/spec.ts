import { rowAxis } from '../../lib/charts/axes.ts';
import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords } from '../../lib/charts/row-words.ts';
import { CLOSE_LEGEND, colorBy } from '../../lib/charts/series.ts';

const AGREEMENT = { title: 'agreement with exact effects', format: '.2~f', reach: [0, 1] };

const figure: FigureSpec = (level) => ({
  title: 'Attribution beside exact effects',
  columns: {
    measure: { label: 'measure' },
    path: { label: 'set to' },
    sae_id: { label: 'SAE' },
    method: { label: 'method' },
    ...meanColumns('0.000', level),
  },
  controls: (rows) => [choice(rows, 'measure', 'Measure'), choice(rows, 'path', 'Set to')],
  chart: (rows) => ({
    height: { step: 12 },
    encoding: {
      y: rowAxis(rows, 'sae_id'),
      yOffset: {
        field: 'method',
        type: 'nominal',
        scale: { domain: ['integrated', 'gradient'] },
      },
      color: { ...colorBy('method'), legend: CLOSE_LEGEND },
      tooltip: meanTooltip(
        [
          { field: 'sae_id', title: 'SAE' },
          { field: 'method', title: 'method' },
        ],
        AGREEMENT,
        level,
      ),
    },
    layer: meansWithIntervals('x', AGREEMENT, 'method'),
  }),
  describe(shown) {
    const said = [...Map.groupBy(shown, ({ method }) => method)].map(([method, of]) => {
      const least = of.reduce((a, b) => (Number(b.mean) < Number(a.mean) ? b : a));
      return `by the method ${method} the least is ${least.sae_id}, ${meanInWords(least, '0.00', level)}`;
    });
    return `Agreement of attributions with exact effects (${shown[0]!.measure}; features set to ${shown[0]!.path}), by SAE: ${said.join('; ')}.`;
  },
  n: (shown) => `${Math.max(...shown.map(({ n }) => Number(n)))} lists an SAE`,
});

export default figure;
