import { method, metric, path } from './attribution-columns.ts';
import { saeId } from './shared-columns.ts';
import { integer, real, table } from './table.ts';

export const featureSummary = table(
  'feature_summary',
  'one feature over all lists, among those with the largest mean attribution in their SAE',
  {
    sae_id: saeId,
    metric,
    method,
    path,
    feature: integer('index of the feature in the SAE'),
    rank: integer('rank by magnitude of the mean, from 1'),
    mean: real(
      'mean attribution over all lists, counted as 0 in lists where the feature is not among the largest attributions',
      'logits',
    ),
    ci_low: real('lower end of the confidence interval', 'logits'),
    ci_high: real('upper end of the confidence interval', 'logits'),
    gradient: real('the same mean by the gradient at each list as it is', 'logits'),
    gradient_low: real('lower end of its confidence interval', 'logits'),
    gradient_high: real('upper end of its confidence interval', 'logits'),
    n: integer('number of lists averaged', 'lists'),
    n_lists: integer('lists in which the feature is among the largest attributions', 'lists'),
    n_topics: integer('topics of these lists', 'topics'),
  },
);
