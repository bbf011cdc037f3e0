import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { distinct } from '../../lib/charts/figure-rows.ts';
import { formatNumber } from '../../lib/number-format.ts';

const figure: FigureSpec = (level) => ({
  title: 'Where the word’s effect is, place by place',
  wide: true,
  columns: {
    way: { label: 'patched' },
    shown: { label: 'shown' },
    region: { label: 'among' },
    label: { label: 'place' },
    place: { label: 'order' },
    layers: { label: 'layers' },
    value: { label: 'share', format: '0.000' },
    ci_low: { label: `${level} interval, from`, format: '0.000' },
    ci_high: { label: 'to', format: '0.000' },
    n: { label: 'n' },
  },
  controls: (rows) => [choice(rows, 'way', 'Patched'), choice(rows, 'shown', 'Shown')],
  chart: () => ({
    height: { step: 15 },
    encoding: {
      x: { field: 'layers', type: 'ordinal', title: 'after layers', axis: { labelAngle: 0 } },
      y: {
        field: 'label',
        type: 'nominal',
        sort: { field: 'place' },
        axis: { title: null, domain: false, ticks: false },
      },
      color: {
        field: 'value',
        type: 'quantitative',
        scale: { scheme: 'blueorange', domain: [-1, 1], clamp: true },
        legend: {
          title: null,
          gradientLength: { expr: 'min(160, width - 24)' },
          format: '.1f',
          tickCount: 5,
        },
      },
      tooltip: [
        { field: 'label', title: 'place' },
        { field: 'layers', title: 'after layers' },
        { field: 'value', title: 'share', format: '.2f' },
        { field: 'ci_low', title: `${level} interval from`, format: '.2f' },
        { field: 'ci_high', title: 'to', format: '.2f' },
        { field: 'n', title: 'n' },
      ],
    },
    layer: [{ mark: { type: 'rect' } }],
  }),
  describe(shown) {
    const largest = shown.toSorted((a, b) => Number(b.value) - Number(a.value)).slice(0, 2);
    const said = largest.map(
      ({ label, layers, value }) =>
        `${label} after layer ${layers} with ${formatNumber(Number(value), '0.00')}`,
    );
    return `Share of the word’s effect, ${shown[0]!.shown}, ${shown[0]!.way}, at ${distinct(shown, 'label').length} places after ${distinct(shown, 'layers').length} layers. Largest: ${said.join(', then ')}.`;
  },
  n: (shown) => `${Math.max(...shown.map(({ n }) => Number(n)))} lists a place at most`,
});

export default figure;
