import { saeId } from '../shared-columns.ts';
import { integer, nullable, real, table, text } from '../table.ts';

export const ablationCounts = table(
  'ablation_counts',
  'the lists of one topic, ablated with one SAE',
  {
    sae_id: saeId,
    topic: text('topic of the lists'),
    n: integer('number of ablated lists', 'lists'),
    n_kept_prefix: integer(
      'lists that begin like their baseline, up to the hyphen of the baseline’s last item',
      'lists',
    ),
    n_capped: integer('lists cut off by the limit on new tokens', 'lists'),
    n_shorter: integer('lists with fewer hyphens than their baseline', 'lists'),
    n_same: integer('lists with as many hyphens as their baseline', 'lists'),
    n_looped: integer('lists that repeat an item although their baseline does not', 'lists'),
    hyphens_sum: real(
      'sum of the differences in hyphen tokens, the author’s count of items',
      'items',
    ),
    hyphens_variance: real('sample variance of these differences'),
    hyphens_folded: real('(sum + variance) / (n + 1), as the author’s code computes it', 'items'),
    lines_shannon_sum: real(
      'sum of the differences in the Shannon index of the lists’ raw lines',
      'nats',
    ),
    lines_shannon_variance: real('sample variance of these differences'),
    lines_shannon_folded: real(
      '(sum + variance) / (n + 1), as the author’s code computes it',
      'nats',
    ),
    items_mean: real('mean difference in finished items, counted by tokens', 'items'),
    items_variance: nullable(
      real('sample variance of these differences; null for a single difference'),
    ),
    shannon_mean: real(
      'mean difference in the Shannon index of the items, with variant spellings merged',
      'nats',
    ),
    shannon_variance: nullable(
      real('sample variance of these differences; null for a single difference'),
    ),
  },
);
