import { saeId } from '../shared-columns.ts';
import { integer, nullable, real, table, text } from '../table.ts';

export const ablationCounts = table('ablation_counts', 'one topic’s lists, ablated by one SAE', {
  sae_id: saeId,
  topic: text('what the lists are of'),
  n: integer('lists', 'lists'),
  n_kept_prefix: integer(
    'lists that begin as their baseline does, up to the hyphen of its last item',
    'lists',
  ),
  n_capped: integer('lists that the limit on new tokens cut', 'lists'),
  n_shorter: integer('lists of fewer hyphens than their baseline', 'lists'),
  n_same: integer('lists of as many', 'lists'),
  n_looped: integer('lists that name an item twice, while their baseline does not', 'lists'),
  hyphens_sum: real('sum of the differences in hyphen tokens: the author’s items', 'items'),
  hyphens_variance: real('their sample variance'),
  hyphens_folded: real('(sum + variance) / (n + 1)', 'items'),
  lines_shannon_sum: real('sum of the differences in the Shannon index of raw lines', 'nats'),
  lines_shannon_variance: real('their sample variance'),
  lines_shannon_folded: real('(sum + variance) / (n + 1)', 'nats'),
  items_mean: real('mean difference in finished items, found by token', 'items'),
  items_variance: nullable(real('their sample variance')),
  shannon_mean: real('mean difference in the Shannon index of items, however spelt', 'nats'),
  shannon_variance: nullable(real('their sample variance')),
});
