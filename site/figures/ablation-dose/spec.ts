import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { meanColumns, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords, protocolOf } from '../../lib/charts/row-words.ts';

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
  chart: () => ({
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
        mark: { type: 'rect', color: 'var(--soft)', opacity: 0.18 },
        encoding: {
          x: { value: 0 },
          x2: { value: 'width' },
          y: { field: 'null_low', type: 'quantitative' },
          y2: { field: 'null_high' },
        },
      },
      {
        transform: [...BY_STRENGTH, { filter: `datum.strength > ${NAMED.length}` }],
        encoding: { color: { value: 'var(--soft)' }, detail: { field: 'sae_id' } },
        layer: [
          { mark: { type: 'line', strokeWidth: 1, opacity: 0.45 } },
          {
            mark: { type: 'point', size: 16, opacity: 0.45 },
            encoding: { tooltip: tooltipOf(level) },
          },
        ],
      },
      {
        transform: [...BY_STRENGTH, { filter: `datum.strength <= ${NAMED.length}` }],
        encoding: {
          color: {
            field: 'sae_id',
            type: 'nominal',
            sort: { field: 'strength', op: 'min' },
            scale: { range: [...NAMED] },
            legend: { columns: { expr: 'width < 400 ? 3 : 5' } },
          },
        },
        layer: [{ mark: 'line' }, { mark: 'point', encoding: { tooltip: tooltipOf(level) } }],
      },
    ],
  }),
  describe(shown) {
    const most = Math.max(...shown.map(({ k }) => Number(k)));
    const strongest = shown
      .filter(({ k }) => k === most)
      .toSorted((a, b) => Math.abs(Number(b.mean)) - Math.abs(Number(a.mean)))[0]!;
    return `Difference from the baseline in ${shown[0]!.measure}, ${protocolOf(shown)}, by the number of features zeroed. The largest at ${most}: ${strongest.sae_id}, ${meanInWords(strongest, '0.00', level)}.`;
  },
  n: (shown) =>
    `${Math.min(...shown.map(({ n }) => Number(n)))} to ${Math.max(...shown.map(({ n }) => Number(n)))} lists a point`,
});

/** The strongest SAEs have a colour and a name each, the others are grey: nobody tells eighteen colours apart. */
const NAMED = [
  'var(--series-1)',
  'var(--series-3)',
  'var(--series-2)',
  'var(--series-4)',
  'var(--series-5)',
];

/** `strength`: an SAE's place by its largest effect among those shown. */
const BY_STRENGTH = [
  { calculate: 'abs(datum.mean)', as: 'size' },
  {
    joinaggregate: [{ op: 'max' as const, field: 'size', as: 'reach' }],
    groupby: ['sae_id'],
  },
  {
    window: [{ op: 'dense_rank' as const, as: 'strength' }],
    sort: [{ field: 'reach', order: 'descending' as const }, { field: 'sae_id' }],
  },
];

const tooltipOf = (level: string) =>
  meanTooltip(
    [
      { field: 'sae_id', title: 'SAE' },
      { field: 'k', title: 'features zeroed' },
    ],
    EFFECT,
    level,
  );

export default figure;
