import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { colorBy } from '../../lib/charts/series.ts';
import { formatNumber } from '../../lib/number-format.ts';

const figure: FigureSpec = () => ({
  title: 'How many features explain the decision',
  columns: {
    part: { label: 'features' },
    errors: { label: 'errors' },
    rest: { label: 'others set to' },
    ranking: { label: 'order' },
    n_nodes: { label: 'number of features' },
    share: { label: 'share of the decision', format: '0.000' },
    n: { label: 'lists' },
  },
  controls: (rows) => [
    choice(rows, 'part', 'Features'),
    choice(rows, 'errors', 'Errors'),
    choice(rows, 'rest', 'Others set to'),
  ],
  chart: (rows) => ({
    height: 300,
    encoding: {
      x: {
        field: 'n_nodes',
        type: 'quantitative',
        title: 'features, each at one position',
        scale: { type: 'log', nice: false, padding: 12 },
        axis: { values: [1, 10, 100, 1000, 10000], grid: true },
      },
      y: {
        field: 'share',
        type: 'quantitative',
        axis: { format: '.1~f', title: 'share of the decision' },
      },
      color: { ...colorBy('ranking', 'ranking', rows), legend: { columns: 3 } },
      tooltip: [
        { field: 'ranking', title: 'order' },
        { field: 'n_nodes', title: 'features' },
        { field: 'share', title: 'share', format: '.2f' },
      ],
    },
    layer: [{ mark: { type: 'line', tooltip: false } }, { mark: 'point' }],
  }),
  describe(shown) {
    const half = [...Map.groupBy(shown, ({ ranking }) => ranking)].map(([ranking, of]) => {
      const enough = of.find(({ share }) => Number(share) >= 0.5);
      return `${ranking} ${enough ? formatNumber(Number(enough.n_nodes), '0') : 'never'}`;
    });
    const what = shown[0]!.part === 'features kept alone' ? 'reach half' : 'leave half or more';
    return `Share of the decision by the number of features (${shown[0]!.part}, errors ${shown[0]!.errors}, others set to ${shown[0]!.rest}). Features with which the lists ${what}: ${half.join('; ')}.`;
  },
  n: (shown) => `${Math.max(...shown.map(({ n }) => Number(n)))} lists`,
});

export default figure;
