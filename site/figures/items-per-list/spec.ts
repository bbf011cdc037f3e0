import { choice, TEMPLATE_CONTROL } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { lengthBars } from '../../lib/charts/length-bars.ts';
import { total } from '../../lib/charts/row-words.ts';
import { colorBy } from '../../lib/charts/series.ts';

const figure: FigureSpec = () => ({
  title: 'Items a list',
  columns: {
    topic: { label: 'topic' },
    template: { label: 'template' },
    n_items: { label: 'items in the list' },
    n_lists: { label: 'lists' },
  },
  controls: (rows) => [TEMPLATE_CONTROL, choice(rows, 'topic', 'Topic')],
  chart: (rows) => ({
    height: 220,
    transform: lengthBars(rows).transform,
    // The rows have their names at the side.
    encoding: { color: { ...colorBy('template'), legend: null } },
    layer: lengthBars(rows).layer,
  }),
  describe(shown) {
    const spans = [...Map.groupBy(shown, ({ template }) => template)].map(([template, of]) => {
      const lengths = of.map(({ n_items }) => Number(n_items));
      const commonest = of.toSorted((a, b) => Number(b.n_lists) - Number(a.n_lists))[0]!.n_items;
      return `${template} lists have ${Math.min(...lengths)} to ${Math.max(...lengths)} items, most often ${commonest}`;
    });
    return `Histogram of list lengths by template: ${spans.join('; ')}.`;
  },
  n: (shown) => total(shown, 'n_lists', 'lists'),
});

export default figure;
