import { rowAxis } from '../../lib/charts/axes.ts';
import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { distinct } from '../../lib/charts/figure-rows.ts';
import { formatNumber } from '../../lib/number-format.ts';

const figure: FigureSpec = () => ({
  title: 'How well the SAEs stand for the activations',
  columns: {
    quantity: { label: 'quantity' },
    at: { label: 'at' },
    sae_id: { label: 'SAE' },
    value: { label: 'value', format: '0.000' },
    n: { label: 'tokens' },
  },
  controls: (rows) => [choice(rows, 'quantity', 'Quantity'), choice(rows, 'at', 'At')],
  chart: (rows) => ({
    height: 18 * distinct(rows, 'sae_id').length,
    encoding: {
      y: rowAxis(rows, 'sae_id'),
      x: {
        field: 'value',
        type: 'quantitative',
        axis: { title: 'value', format: '.3~g' },
        scale: { zero: true },
      },
      tooltip: [
        { field: 'sae_id', title: 'SAE' },
        { field: 'value', title: 'value', format: '.3f' },
        { field: 'n', title: 'tokens' },
      ],
    },
    layer: [{ mark: { type: 'point', color: 'var(--series-1)' } }],
  }),
  describe(shown) {
    const sorted = shown.toSorted((a, b) => Number(a.value) - Number(b.value));
    const [low, high] = [sorted[0]!, sorted.at(-1)!];
    const said = (row: typeof low) =>
      `${formatNumber(Number(row.value), '0.000')} for ${row.sae_id}`;
    return `${shown[0]!.quantity}, at ${shown[0]!.at}, by SAE: from ${said(low)} to ${said(high)}.`;
  },
  n: (shown) => `${Math.max(...shown.map(({ n }) => Number(n)))} tokens`,
});

export default figure;
