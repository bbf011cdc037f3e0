import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { distinct } from '../../lib/charts/figure-rows.ts';
import { topicHeat } from '../../lib/charts/topic-charts.ts';
import { formatNumber } from '../../lib/number-format.ts';

const figure: FigureSpec = () => ({
  title: 'The features by topic',
  wide: true,
  columns: {
    sae_id: { label: 'SAE' },
    feature_id: { label: 'feature', names: 'feature' },
    rank: { label: 'rank' },
    topic: { label: 'topic' },
    value: { label: 'mean share of its greatest activation', format: '0.00' },
    family: { label: 'family' },
    n_samples: { label: 'lists' },
  },
  split: 'sae_id',
  controls: (rows) => [choice(rows, 'sae_id', 'SAE')],
  chart: () =>
    topicHeat('feature_id', 'rank', {
      tooltip: [{ field: 'family', title: 'family' }],
      mark: { cursor: 'pointer' },
    }),
  describe(shown) {
    const names = distinct(shown, 'feature_id');
    const greatest = shown.toSorted((a, b) => Number(b.value) - Number(a.value))[0]!;
    return `${names.length} features of ${shown[0]!.sae_id} by ${distinct(shown, 'topic').length} topics. The brightest: ${greatest.feature_id} in lists of ${greatest.topic}, ${formatNumber(Number(greatest.value), '0.00')}.`;
  },
  n: (shown) => `${distinct(shown, 'feature_id').length} features`,
});

export default figure;
