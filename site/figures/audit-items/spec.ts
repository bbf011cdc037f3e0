import { TEMPLATE_CONTROL } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { lengthBars } from '../../lib/charts/length-bars.ts';
import { total } from '../../lib/charts/row-words.ts';
import { colorBy } from '../../lib/charts/series.ts';

const figure: FigureSpec = () => ({
  title: 'Items of Gemma’s lists, and the means printed',
  columns: {
    template: { label: 'template' },
    n_items: { label: 'items in the list' },
    n_lists: { label: 'lists' },
    printed: { label: 'mean printed' },
  },
  controls: () => [TEMPLATE_CONTROL],
  chart: (rows) => ({
    height: 220,
    transform: lengthBars(rows).transform,
    // The rows have their names at the side.
    encoding: { color: { ...colorBy('template'), legend: null } },
    layer: [
      ...lengthBars(rows).layer,
      {
        transform: [
          {
            aggregate: [
              { op: 'max', field: 'printed', as: 'at' },
              { op: 'max', field: 'base', as: 'base' },
            ],
            groupby: ['template'],
          },
          { calculate: 'datum.base + 0.95', as: 'end' },
        ],
        mark: { type: 'rule', strokeDash: [5, 3], strokeWidth: 2 },
        encoding: {
          x: { field: 'at', type: 'quantitative' },
          y: { field: 'base', type: 'quantitative' },
          y2: { field: 'end' },
          tooltip: [
            { field: 'template', title: 'template' },
            { field: 'at', title: 'mean printed' },
          ],
        },
      },
    ],
  }),
  describe(shown) {
    const said = [...Map.groupBy(shown, ({ template }) => template)].map(([template, of]) => {
      const commonest = of.toSorted((a, b) => Number(b.n_lists) - Number(a.n_lists))[0]!.n_items;
      return `${template} lists most often have ${commonest} items, where ${of[0]!.printed} is printed`;
    });
    return `Histogram of the lengths of the released lists: ${said.join('; ')}.`;
  },
  n: (shown) => total(shown, 'n_lists', 'lists'),
});

export default figure;
