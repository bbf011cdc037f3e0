import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { protocolOf } from '../../lib/charts/row-words.ts';
import { formatNumber } from '../../lib/number-format.ts';

const axis = (field: string, title: string) =>
  ({
    field,
    type: 'quantitative',
    title,
    axis: { format: '.3~f', grid: true },
    scale: { zero: false, nice: false, padding: 10 },
  }) as const;

const figure: FigureSpec = () => ({
  title: 'What attribution predicts, and what happens',
  columns: {
    sae_id: { label: 'SAE' },
    protocol: { label: 'protocol' },
    sample_id: { label: 'list' },
    predicted: { label: 'predicted', format: '0.000' },
    measured: { label: 'measured', format: '0.000' },
  },
  split: 'sae_id',
  controls: (rows) => [choice(rows, 'sae_id', 'SAE'), choice(rows, 'protocol', 'Protocol')],
  chart: () => ({
    height: 340,
    layer: [
      {
        // The diagonal, as far as the points reach.
        transform: [
          { fold: ['predicted', 'measured'], as: ['which', 'at'] },
          {
            aggregate: [
              { op: 'min', field: 'at', as: 'from' },
              { op: 'max', field: 'at', as: 'to' },
            ],
          },
        ],
        mark: { type: 'rule', strokeDash: [3, 3], color: 'var(--soft)', tooltip: false },
        encoding: {
          x: { field: 'from', type: 'quantitative' },
          x2: { field: 'to' },
          y: { field: 'from', type: 'quantitative' },
          y2: { field: 'to' },
        },
      },
      {
        mark: { type: 'point', opacity: 0.7 },
        encoding: {
          x: axis('predicted', 'predicted change of the metric (logits)'),
          y: axis('measured', 'measured change (logits)'),
          tooltip: [
            { field: 'sample_id', title: 'list' },
            { field: 'predicted', title: 'predicted', format: '.3f' },
            { field: 'measured', title: 'measured', format: '.3f' },
          ],
        },
      },
    ],
  }),
  describe(shown) {
    const { sae_id, rank_correlation, sign_agreement } = shown[0]!;
    const rank =
      rank_correlation === null ? 'none' : formatNumber(Number(rank_correlation), '0.00');
    return `Predicted and measured change of the metric in ${shown.length} lists, ${sae_id}, ${protocolOf(shown)}. Rank correlation ${rank}; the signs agree in ${formatNumber(Number(sign_agreement), '0 %')}.`;
  },
  n: (shown) => `${shown.length} lists`,
});

export default figure;
