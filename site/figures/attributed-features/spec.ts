import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords } from '../../lib/charts/row-words.ts';

const ATTRIBUTION = { title: 'mean attribution', format: '.3~f', reach: [0] };

const figure: FigureSpec = (level) => ({
  title: 'The features that the end is attributed to',
  columns: {
    metric: { label: 'metric' },
    sae_id: { label: 'SAE' },
    feature_id: { label: 'feature', names: 'feature' },
    rank: { label: 'rank' },
    ...meanColumns('0.000', level),
    gradient: { label: 'by the gradient alone', format: '0.000' },
    n_lists: { label: 'lists in which it counts' },
    n_topics: { label: 'their topics' },
    promotes: { label: 'tokens that it promotes' },
  },
  controls: (rows) => [choice(rows, 'metric', 'Metric'), choice(rows, 'sae_id', 'SAE')],
  chart: () => ({
    height: { step: 20 },
    transform: [{ calculate: "trim(datum.feature_id + '  ' + datum.label)", as: 'name' }],
    encoding: {
      y: {
        field: 'name',
        type: 'nominal',
        sort: { field: 'rank' },
        axis: { title: null, grid: true, domain: false, ticks: false, minExtent: 80 },
      },
      tooltip: meanTooltip(
        [
          { field: 'feature_id', title: 'feature' },
          { field: 'label', title: 'label' },
          { field: 'promotes', title: 'promotes' },
          { field: 'n_lists', title: 'lists in which it counts' },
          { field: 'n_topics', title: 'their topics' },
        ],
        ATTRIBUTION,
        level,
      ),
    },
    layer: meansWithIntervals('x', ATTRIBUTION),
  }),
  describe(shown) {
    const said = shown
      .slice(0, 3)
      .map(
        (row) =>
          `${row.feature_id}${row.label === '' ? '' : ` (${row.label})`}, ${meanInWords(row, '0.00', level)}, which promotes ${row.promotes}`,
      );
    return `Mean attribution of ${shown[0]!.metric}, to the features of ${shown[0]!.sae_id}. The largest: ${said.join('; ')}.`;
  },
  n: (shown) => `${Math.max(...shown.map(({ n }) => Number(n)))} lists`,
});

export default figure;
