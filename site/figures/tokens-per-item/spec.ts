import { TEMPLATE_CONTROL } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { distinct } from '../../lib/charts/figure-rows.ts';
import { meanColumns } from '../../lib/charts/means.ts';
import { meanInWords, total } from '../../lib/charts/row-words.ts';
import { byTopic } from '../../lib/charts/topic-charts.ts';

const figure: FigureSpec = (level) => ({
  title: 'Tokens an item, by topic',
  columns: {
    topic: { label: 'topic' },
    template: { label: 'template' },
    ...meanColumns('0.00', level),
  },
  controls: () => [TEMPLATE_CONTROL],
  chart: (rows) => byTopic(rows, { title: 'tokens an item', format: '.1f' }, level),
  describe(shown) {
    const [most, least] = [shown[0]!, shown.at(-1)!];
    return `Mean tokens an item for ${distinct(shown, 'topic').length} topics: most for ${most.topic}, ${meanInWords(most, '0.0', level)} in ${most.template} lists; least for ${least.topic}, ${meanInWords(least, '0.0', level)} in ${least.template} lists.`;
  },
  n: (shown) => total(shown, 'n', 'items'),
});

export default figure;
