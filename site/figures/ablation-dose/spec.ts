import {
  choice,
  distinct,
  legendColumns,
  meanColumns,
  meanInWords,
  meanTooltip,
} from '../../lib/charts/chart-parts.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';

const EFFECT = { title: 'difference from the baseline', format: '.3~f' };

const figure: FigureSpec = (level) => ({
  title: 'How many features it takes',
  columns: {
    measure: { label: 'measure' },
    protocol: { label: 'protocol' },
    sae_id: { label: 'SAE' },
    k: { label: 'features zeroed' },
    ...meanColumns('0.000', level),
  },
  controls: (rows) => [
    choice(rows, 'measure', 'Measure'),
    choice(rows, 'protocol', 'Protocol'),
    {
      ...choice(rows, 'sae_id', 'SAE'),
      options: [{ value: '', label: 'all' }, ...choice(rows, 'sae_id', '').options],
    },
  ],
  chart: (rows) => ({
    height: 300,
    encoding: {
      x: {
        field: 'k',
        type: 'quantitative',
        title: 'features zeroed',
        scale: { type: 'log', nice: false, padding: 12 },
        axis: { values: [1, 2, 5, 10, 20, 50, 100], grid: true },
      },
      y: {
        field: 'mean',
        type: 'quantitative',
        axis: { format: EFFECT.format, title: EFFECT.title },
      },
      tooltip: meanTooltip(
        [
          { field: 'sae_id', title: 'SAE' },
          { field: 'k', title: 'features zeroed' },
        ],
        EFFECT,
        level,
      ),
    },
    layer: [
      {
        transform: [
          {
            aggregate: [
              { op: 'min', field: 'null_low', as: 'null_low' },
              { op: 'max', field: 'null_high', as: 'null_high' },
            ],
          },
        ],
        mark: { type: 'rect', color: 'var(--soft)', opacity: 0.18, tooltip: false },
        encoding: {
          x: { value: 0 },
          x2: { value: 'width' },
          y: { field: 'null_low', type: 'quantitative' },
          y2: { field: 'null_high' },
        },
      },
      {
        encoding: {
          color: {
            field: 'sae_id',
            type: 'nominal',
            sort: null,
            scale: { scheme: 'turbo' },
            legend: { columns: legendColumns(distinct(rows, 'sae_id')), columnPadding: 6 },
          },
        },
        layer: [{ mark: { type: 'line', tooltip: false } }, { mark: 'point' }],
      },
    ],
  }),
  describe(shown) {
    const most = Math.max(...shown.map(({ k }) => Number(k)));
    const strongest = shown
      .filter(({ k }) => k === most)
      .toSorted((a, b) => Math.abs(Number(b.mean)) - Math.abs(Number(a.mean)))[0]!;
    return `Difference from the baseline in ${shown[0]!.measure}, ${shown[0]!.protocol}, by the number of features zeroed. The largest at ${most}: ${strongest.sae_id}, ${meanInWords(strongest, '0.00', level)}.`;
  },
  n: (shown) =>
    `${Math.min(...shown.map(({ n }) => Number(n)))} to ${Math.max(...shown.map(({ n }) => Number(n)))} lists a point`,
});

export default figure;
