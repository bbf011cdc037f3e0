import { metric } from './attribution-columns.ts';
import { saeId } from './shared-columns.ts';
import { integer, real, table } from './table.ts';

export const featureSummary = table(
  'feature_summary',
  'one feature over all lists, of those with the largest mean attribution of their SAE',
  {
    sae_id: saeId,
    metric,
    feature: integer('feature of the SAE'),
    rank: integer('place by magnitude of the mean, from 1'),
    mean: real('mean attribution, 0 where it is not among the most attributed of a list', 'logits'),
    ci_low: real('lower end of the interval', 'logits'),
    ci_high: real('upper end of the interval', 'logits'),
    n: integer('lists averaged', 'lists'),
    n_lists: integer('lists in which it is among the most attributed', 'lists'),
    n_topics: integer('topics of those lists', 'topics'),
  },
);
