import { SERIES } from '../../lib/charts/chart-config.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { meanColumns } from '../../lib/charts/means.ts';
import { meanInWords } from '../../lib/charts/row-words.ts';
import { colorBy } from '../../lib/charts/series.ts';

const at = (field: string, title?: string) =>
  ({
    field,
    type: 'quantitative',
    axis: { format: '.3~f', grid: true, ...(title && { title }) },
  }) as const;

/** Of a few items as well as of forty. */
const items = (field: string, title?: string) => ({
  ...at(field, title),
  scale: { type: 'symlog', constant: 2 } as const,
});

const figure: FigureSpec = (level) => ({
  title: 'What a longer list costs, by ablation and by other means',
  wide: true,
  columns: {
    kind: { label: 'means' },
    name: { label: 'SAE or method' },
    ...meanColumns('0.00', level),
    damage: { label: 'cross-entropy: difference (nats a token)', format: '0.000' },
    damage_low: { label: 'from', format: '0.000' },
    damage_high: { label: 'to', format: '0.000' },
  },
  chart: () => ({
    height: 380,
    encoding: {
      color: {
        ...colorBy('means', 'kind'),
        legend: { symbolOpacity: 1, columns: { signal: 'max(1, floor(width / 120))' } },
      },
      tooltip: [
        { field: 'name', title: 'SAE or method' },
        { field: 'mean', title: 'more items', format: '.2f' },
        { field: 'ci_low', title: `${level} interval from`, format: '.2f' },
        { field: 'ci_high', title: 'to', format: '.2f' },
        { field: 'damage', title: 'more nats a token', format: '.3f' },
        { field: 'damage_low', title: `${level} interval from`, format: '.3f' },
        { field: 'damage_high', title: 'to', format: '.3f' },
        { field: 'n', title: 'lists' },
      ],
    },
    layer: [
      {
        mark: { type: 'rule', opacity: 0.5, strokeWidth: 1, tooltip: false },
        encoding: {
          x: at('damage', 'added cross-entropy, clean model (nats a token)'),
          y: items('ci_low'),
          y2: { field: 'ci_high' },
        },
      },
      {
        mark: { type: 'rule', opacity: 0.5, strokeWidth: 1, tooltip: false },
        encoding: {
          x: at('damage_low'),
          x2: { field: 'damage_high' },
          y: items('mean', 'items: difference'),
        },
      },
      {
        mark: 'point',
        encoding: {
          x: at('damage'),
          y: items('mean'),
          shape: {
            field: 'kind',
            type: 'nominal',
            scale: { domain: [...SERIES.means.domain], range: [...SERIES.means.shape] },
          },
        },
      },
    ],
  }),
  describe(shown) {
    const said = [...Map.groupBy(shown, ({ kind }) => kind)].map(([kind, of]) => {
      const most = of.toSorted((a, b) => Number(b.mean) - Number(a.mean))[0]!;
      return `${kind}: ${most.name}, ${meanInWords(most, '0.0', level)} items`;
    });
    return `Difference in items against difference in cross-entropy. The most items by each means: ${said.join('; ')}.`;
  },
  n: (shown) =>
    `${Math.min(...shown.map(({ n }) => Number(n)))} to ${Math.max(...shown.map(({ n }) => Number(n)))} lists a point`,
});

export default figure;
