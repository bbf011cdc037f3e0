import { max } from 'd3-array';
import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { distinct } from '../../lib/charts/figure-rows.ts';
import { formatNumber } from '../../lib/number-format.ts';
import type { Row } from '../../lib/queries/query.ts';

const figure: FigureSpec = () => ({
  title: 'The logit lens on one list',
  wide: true,
  columns: {
    proxy: { label: 'difference' },
    template: { label: 'template' },
    topic: { label: 'topic' },
    place: { label: 'place' },
    item: { label: 'item' },
    layers: { label: 'layers' },
    logit_diff: { label: 'logit difference', format: '0.00' },
  },
  split: 'topic',
  controls: (rows) => [
    choice(rows, 'topic', 'Topic'),
    choice(rows, 'template', 'Template'),
    choice(rows, 'proxy', 'Difference'),
  ],
  chart: (rows) => ({
    height: { step: distinct(rows, 'layers').length > 12 ? 10 : 18 },
    encoding: {
      x: {
        field: 'item',
        type: 'nominal',
        sort: { field: 'place' },
        axis: { title: null, labelAngle: -60, domain: false, ticks: false, labelLimit: 110 },
      },
      y: {
        field: 'layers',
        type: 'ordinal',
        title: 'layers',
        sort: 'descending',
        axis: { labelOverlap: 'greedy' },
      },
      color: {
        field: 'logit_diff',
        type: 'quantitative',
        scale: { scheme: 'blueorange', domain: reachOf(rows) },
        legend: { title: null, gradientLength: 160, format: '.0f', tickCount: 5 },
      },
      tooltip: [
        { field: 'item', title: 'item' },
        { field: 'layers', title: 'layers' },
        { field: 'logit_diff', title: 'logit difference', format: '.2f' },
      ],
    },
    layer: [{ mark: { type: 'rect' } }],
  }),
  describe(shown) {
    const layers = Math.max(...shown.map((row) => Number(row.layers)));
    const own = shown.filter((row) => row.layers === layers);
    const [first, last] = [own[0]!, own.at(-1)!];
    const at = ({ item, logit_diff }: Row) =>
      `${formatNumber(Number(logit_diff), '0.0')} at item ${item}`;
    return `Logit difference, ${shown[0]!.proxy}, in the first ${shown[0]!.template} list of ${shown[0]!.topic}, by layer and item. After the last of ${layers} layers: ${at(first)}, ${at(last)}.`;
  },
  n: (shown) => `1 list of ${distinct(shown, 'item').length} items`,
});

/** The same in both directions, so that no difference is between the colours, and the same for every list. */
function reachOf(rows: readonly Row[]): [number, number] {
  const most = Math.max(1, max(rows, ({ logit_diff }) => Math.abs(Number(logit_diff))) ?? 0);
  return [-most, most];
}

export default figure;
