import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { total } from '../../lib/charts/row-words.ts';
import { formatNumber } from '../../lib/number-format.ts';
import type { Row } from '../../lib/queries/query.ts';

const KINDS = ['after the item', 'after the newline'];

const figure: FigureSpec = () => ({
  title: 'Entropy: the model against the process it learnt',
  columns: {
    position_kind: { label: 'place' },
    condition: { label: 'condition' },
    process: { label: 'entropy of the process (nats)', format: '0.000' },
    model: { label: 'entropy of the model (nats)', format: '0.000' },
    places: { label: 'places' },
  },
  controls: (rows) => [choice(rows, 'condition', 'Condition')],
  chart: (rows) => ({
    height: 300,
    layer: [
      {
        data: { values: diagonal(rows) },
        mark: { type: 'line', strokeWidth: 1, color: 'var(--ink)', tooltip: false },
        encoding: {
          x: { field: 'at', type: 'quantitative' },
          y: { field: 'at', type: 'quantitative' },
        },
      },
      {
        mark: { type: 'point', filled: true, opacity: 0.65 },
        encoding: {
          x: { field: 'process', type: 'quantitative', title: 'entropy of the process (nats)' },
          y: { field: 'model', type: 'quantitative', title: 'entropy of the model (nats)' },
          size: {
            field: 'places',
            type: 'quantitative',
            scale: { type: 'sqrt', range: [4, 400] },
            legend: null,
          },
          color: {
            field: 'position_kind',
            type: 'nominal',
            scale: { domain: KINDS, range: ['var(--series-1)', 'var(--series-3)'] },
          },
          shape: {
            field: 'position_kind',
            type: 'nominal',
            scale: { domain: KINDS, range: ['circle', 'square'] },
          },
          tooltip: [
            { field: 'position_kind', title: 'place' },
            { field: 'process', title: 'process, about', format: '.2f' },
            { field: 'model', title: 'model, about', format: '.2f' },
            { field: 'places', title: 'places' },
          ],
        },
      },
    ],
  }),
  describe(shown) {
    const near = shown.filter(
      ({ process, model }) => Math.abs(Number(process) - Number(model)) < 0.1,
    );
    const share = formatNumber(count(near) / count(shown), '0%');
    return `Entropy of the model against the entropy of the generating process at the same place, under the ${shown[0]!.condition} prompt. ${share} of places lie within 0.1 nats of equality.`;
  },
  n: (shown) => total(shown, 'places', 'places'),
});

export default figure;

const count = (rows: readonly Row[]): number =>
  rows.reduce((sum, { places }) => sum + Number(places), 0);

function diagonal(rows: readonly Row[]) {
  const highest = Math.max(
    ...rows.flatMap(({ process, model }) => [Number(process), Number(model)]),
  );
  return [{ at: 0 }, { at: highest }];
}
