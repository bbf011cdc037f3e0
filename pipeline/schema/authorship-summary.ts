import { author, template } from './authorship-columns.ts';
import { flag, integer, nullable, oneOf, type Row, real, table } from './table.ts';

export const AUTHORSHIP_METRICS = [
  'p_end_at_end',
  'p_end_before_end',
  'entropy',
  'log_likelihood_per_token',
  'log_likelihood_per_item',
] as const;
export type AuthorshipMetric = (typeof AUTHORSHIP_METRICS)[number];

const interval = {
  mean: real('mean', 'unit of the metric'),
  ci_low: real('lower end of the confidence interval', 'unit of the metric'),
  ci_high: real('upper end of the confidence interval', 'unit of the metric'),
};

export const authorshipSummary = table(
  'authorship_summary',
  'one mean over an author’s lists of one template, with its interval; topics are the clusters',
  {
    author,
    template,
    metric: oneOf(
      AUTHORSHIP_METRICS,
      'p_end_at_end: probability of the end after the last item, of lists not cut by a limit on tokens; p_end_before_end: the same after the items before, a mean over the list; entropy: after an item, a mean over the list (nats); log_likelihood_per_token: of the tokens of all names (nats); log_likelihood_per_item: of a whole name, over those that the list has not had before (nats)',
    ),
    less_own: flag(
      'whether the model’s own list of the same topic and template is subtracted, and the mean is one of differences',
    ),
    ...interval,
    n: integer('number of lists', 'lists'),
  },
);

export const authorshipByItem = table(
  'authorship_by_item',
  'one mean over an author’s lists of one template after one item, with its interval',
  {
    author,
    template,
    item_index: nullable(integer('index of the item, from 0; null where counted from the end')),
    items_from_end: nullable(integer('0 for the last item; null where counted from the start')),
    quantity: oneOf(['p_end', 'entropy'], 'the averaged column of authorship'),
    ...interval,
    n: integer('number of lists', 'lists'),
  },
);

export type AuthorshipSummaryRow = Row<typeof authorshipSummary>;
export type AuthorshipByItemRow = Row<typeof authorshipByItem>;
