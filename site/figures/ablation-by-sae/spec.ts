import { rowAxis } from '../../lib/charts/axes.ts';
import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { meanColumns, meansWithIntervals, meanTooltip } from '../../lib/charts/means.ts';
import { meanInWords, protocolOf } from '../../lib/charts/row-words.ts';
import { CLOSE_LEGEND, colorBy } from '../../lib/charts/series.ts';
import { formatNumber } from '../../lib/number-format.ts';
import type { Row } from '../../lib/queries/query.ts';

const EFFECT = { title: 'difference from the baseline', format: '.3~f', reach: [0] };

const outside = ({ mean, null_low, null_high }: Row) =>
  Number(mean) < Number(null_low) || Number(mean) > Number(null_high);

const figure: FigureSpec = (level) => ({
  title: 'What zeroing the most attributed features does',
  wide: true,
  columns: {
    measure: { label: 'measure' },
    protocol: { label: 'protocol' },
    sae_id: { label: 'SAE' },
    arm: { label: 'arm' },
    ...meanColumns('0.000', level),
    arm_mean: { label: 'mean under the arm', format: '0.000' },
    p_adjusted: { label: 'p, adjusted over SAEs', format: '0.000' },
    null_low: { label: 'by chance alone, from', format: '0.000' },
    null_high: { label: 'to', format: '0.000' },
  },
  controls: (rows) => [choice(rows, 'measure', 'Measure'), choice(rows, 'protocol', 'Protocol')],
  chart: (rows) => ({
    height: { step: 10 },
    encoding: {
      y: rowAxis(rows, 'sae_id'),
      yOffset: {
        field: 'arm',
        type: 'nominal',
        scale: { domain: ['ablated', 'random', 'reconstruction'] },
      },
    },
    layer: [
      {
        transform: [{ aggregate: [bound('min', 'null_low'), bound('max', 'null_high')] }],
        mark: { type: 'rect', color: 'var(--soft)', opacity: 0.18 },
        encoding: {
          x: { field: 'null_low', type: 'quantitative' },
          x2: { field: 'null_high' },
          y: { value: 0 },
          y2: { value: 'height' },
          yOffset: { value: 0 },
        },
      },
      {
        encoding: {
          color: { ...colorBy('arm'), legend: CLOSE_LEGEND },
          tooltip: meanTooltip(
            [
              { field: 'sae_id', title: 'SAE' },
              { field: 'arm', title: 'arm' },
            ],
            EFFECT,
            level,
          ),
        },
        layer: meansWithIntervals('x', EFFECT, 'arm'),
      },
    ],
  }),
  describe(shown) {
    const ablated = shown.filter(({ arm }) => arm === 'ablated');
    const strong = ablated.filter(outside).map(({ sae_id }) => sae_id);
    const largest = ablated.toSorted(
      (a, b) => Math.abs(Number(b.mean)) - Math.abs(Number(a.mean)),
    )[0]!;
    const [low, high] = [shown[0]!.null_low, shown[0]!.null_high].map((v) =>
      formatNumber(Number(v), '0.00'),
    );
    return `Difference from the baseline in ${shown[0]!.measure}, ${protocolOf(shown)}. Chance alone gives ${low} to ${high}. Outside of that: ${strong.length === 0 ? 'no SAE' : strong.join(', ')}. The largest: ${largest.sae_id}, ${meanInWords(largest, '0.00', level)}.`;
  },
  n: (shown) => `${Math.max(...shown.map(({ n }) => Number(n)))} lists an SAE and arm`,
});

const bound = (op: 'min' | 'max', field: string) => ({ op, field, as: field });

export default figure;
