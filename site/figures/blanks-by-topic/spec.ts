import { TEMPLATE_CONTROL } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { allZero, distinct } from '../../lib/charts/figure-rows.ts';
import { meanColumns } from '../../lib/charts/means.ts';
import { total } from '../../lib/charts/row-words.ts';
import { byTopic } from '../../lib/charts/topic-charts.ts';
import { formatNumber } from '../../lib/number-format.ts';

const figure: FigureSpec = (level) => ({
  title: 'A blank before the end, by topic',
  columns: {
    topic: { label: 'topic' },
    template: { label: 'template' },
    ...meanColumns('0%', level),
  },
  controls: () => [TEMPLATE_CONTROL],
  instead: (rows) =>
    allZero(rows) ? 'In no topic does a blank follow the last item of a list.' : undefined,
  chart: (rows) =>
    byTopic(rows, { title: 'lists with a blank after the last item', format: '.0%' }, level),
  describe(shown) {
    const ranges = [...Map.groupBy(shown, ({ template }) => template)].map(([template, of]) => {
      const means = of.map(({ mean }) => Number(mean));
      const [low, high] = [Math.min(...means), Math.max(...means)];
      return `${formatNumber(low, '0%')} to ${formatNumber(high, '0%')} of ${template} lists`;
    });
    return `Share of lists with a blank after their last item, for ${distinct(shown, 'topic').length} topics. Between topics it runs from ${ranges.join('; ')}.`;
  },
  n: (shown) => total(shown, 'n', 'lists'),
});

export default figure;
