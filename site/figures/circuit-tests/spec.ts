import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { colorBy } from '../../lib/charts/series.ts';

const axis = (field: string, title: string) =>
  ({ field, type: 'quantitative', title, axis: { format: '.2~f', grid: true } }) as const;

const figure: FigureSpec = () => ({
  title: 'What the graphs predict, and what happens',
  columns: {
    which: { label: 'features' },
    held: { label: 'held' },
    sample_id: { label: 'list' },
    feature_id: { label: 'feature' },
    place: { label: 'place' },
    token: { label: 'token' },
    predicted: { label: 'predicted', format: '0.0000' },
    measured: { label: 'measured', format: '0.0000' },
  },
  controls: (rows) => [choice(rows, 'held', 'Held at the list’s own')],
  chart: () => ({
    height: 340,
    layer: [
      {
        // The diagonal, as far as the points reach.
        transform: [
          { fold: ['predicted', 'measured'], as: ['axis', 'at'] },
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
        mark: { type: 'point', opacity: 0.6, size: 20 },
        encoding: {
          x: axis('predicted', 'predicted change of p(end) − p(again)'),
          y: axis('measured', 'measured change'),
          color: colorBy('feature', 'which'),
          tooltip: [
            { field: 'feature_id', title: 'feature' },
            { field: 'place', title: 'place' },
            { field: 'token', title: 'token' },
            { field: 'sample_id', title: 'list' },
            { field: 'predicted', title: 'predicted', format: '.4f' },
            { field: 'measured', title: 'measured', format: '.4f' },
          ],
        },
      },
    ],
  }),
  describe(shown) {
    const of = shown.filter(({ which }) => which === 'in the graph');
    const largest = of.toSorted(
      (a, b) => Math.abs(Number(b.measured)) - Math.abs(Number(a.measured)),
    )[0];
    const said = largest
      ? ` The largest change is that of ${largest.feature_id} at ${largest.place}.`
      : '';
    return `Predicted and measured change when one feature is set to zero, with ${shown[0]!.held} held: ${of.length} features of graphs and ${shown.length - of.length} random ones.${said}`;
  },
  n: (shown) =>
    `${shown.length} features, of ${new Set(shown.map(({ sample_id }) => sample_id)).size} lists`,
});

export default figure;
