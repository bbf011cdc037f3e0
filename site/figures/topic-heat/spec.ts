import { choice, distinct } from '../../lib/chart-parts.ts';
import type { Figure } from '../../lib/figure.ts';
import { formatNumber } from '../../lib/number-format.ts';

const figure: Figure = {
  title: 'The features by topic',
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
  chart: () => ({
    height: { step: 16 },
    encoding: {
      x: {
        field: 'feature_id',
        type: 'nominal',
        sort: { field: 'rank' },
        axis: { title: null, labelAngle: -60, domain: false, ticks: false },
      },
      y: { field: 'topic', type: 'nominal', axis: { title: null, domain: false, ticks: false } },
      color: {
        field: 'value',
        type: 'quantitative',
        scale: { scheme: 'viridis', domain: [0, 1] },
        legend: { title: null, gradientLength: 160, format: '.1f', tickCount: 3 },
      },
      tooltip: [
        { field: 'feature_id', title: 'feature' },
        { field: 'topic', title: 'topic' },
        { field: 'value', title: 'mean share', format: '.2f' },
        { field: 'family', title: 'family' },
      ],
    },
    layer: [{ mark: { type: 'rect', cursor: 'pointer' } }],
  }),
  describe(shown) {
    const names = distinct(shown, 'feature_id');
    const greatest = shown.toSorted((a, b) => Number(b.value) - Number(a.value))[0]!;
    return `${names.length} features of ${shown[0]!.sae_id} by ${distinct(shown, 'topic').length} topics. The brightest: ${greatest.feature_id} in lists of ${greatest.topic}, ${formatNumber(Number(greatest.value), '0.00')}.`;
  },
  n: (shown) => `${distinct(shown, 'feature_id').length} features`,
};

export default figure;
