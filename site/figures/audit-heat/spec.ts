import { choice } from '../../lib/charts/chart-controls.ts';
import type { FigureSpec } from '../../lib/charts/figure.ts';
import { distinct } from '../../lib/charts/figure-rows.ts';
import { topicHeat } from '../../lib/charts/topic-charts.ts';
import { formatNumber } from '../../lib/number-format.ts';

const figure: FigureSpec = () => ({
  title: 'Gemma’s most attributed features by topic',
  wide: true,
  columns: {
    sae_id: { label: 'SAE' },
    feature: { label: 'feature' },
    place: { label: 'rank by lists' },
    topic: { label: 'topic' },
    value: { label: 'mean share of its most tuples', format: '0.00' },
  },
  split: 'sae_id',
  controls: (rows) => [choice(rows, 'sae_id', 'SAE')],
  chart: () => topicHeat('feature', 'place'),
  describe(shown) {
    const topics = [...Map.groupBy(shown, ({ feature }) => feature).values()].map(
      (of) => of.length,
    );
    const everywhere = topics.filter((n) => n === distinct(shown, 'topic').length).length;
    return `${topics.length} features of ${shown[0]!.sae_id} by ${distinct(shown, 'topic').length} topics; ${formatNumber(everywhere, '0')} of them are among the most attributed in lists of every topic.`;
  },
  n: (shown) => `${distinct(shown, 'feature').length} features`,
});

export default figure;
