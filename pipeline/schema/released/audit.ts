import { template } from '../shared-columns.ts';
import { integer, nullable, oneOf, real, table, text } from '../table.ts';

export const RULES = ['author', 'token'] as const;
export type Rule = (typeof RULES)[number];

export const QUANTITIES = [
  'items',
  'tokens_per_item',
  'single_token',
  'items_with_blank',
  'blank',
  'only_last_blank',
  'repeats',
  'shannon_index',
  'between_topics_items',
  'between_topics_blanks',
  'temperature_blanks',
  'temperature_items',
] as const;
export type Quantity = (typeof QUANTITIES)[number];

export const audit = table('audit', 'one quantity of the released lists, by one counting rule', {
  quantity: oneOf(
    QUANTITIES,
    'items: items per list. tokens_per_item: tokens per item. single_token: share of items with one token. items_with_blank: items with a blank per list. blank: share of items with a blank. only_last_blank: among lists with any blank, share of those whose last item alone has one. repeats: share of lists that repeat an item. shannon_index: of a list’s items. between_topics_…: share of the variance among lists that is between topics, corrected for chance (ε²). temperature_…: rank correlation with the sampling temperature',
  ),
  rule: oneOf(
    RULES,
    'author: hyphens, lines and blanks, as counted by the author’s analysis. token: items by their tokens, as counted in every study; distances from the end only in lists that ended',
  ),
  template,
  temperature: nullable(
    real(
      'sampling temperature; null for all lists of the temperature sweep and the main temperature',
    ),
  ),
  topic: nullable(text('the topic; null for all topics')),
  items_from_end: nullable(integer('0 for the last item; null for all items', 'items')),
  mean: real('mean, share or correlation', 'unit of the quantity'),
  ci_low: real(
    'lower end of the confidence interval, with topics resampled; for a single topic, with lists resampled',
  ),
  ci_high: real('upper end of the confidence interval'),
  n: integer('number of lists or items'),
});
