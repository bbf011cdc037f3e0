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

export const audit = table('audit', 'one quantity of the released lists, by one way of counting', {
  quantity: oneOf(
    QUANTITIES,
    'items: a list. tokens_per_item. single_token: share of items. items_with_blank: a list. blank: share of items. only_last_blank: share, among lists with any blank, of those with one on the last item alone. repeats: share of lists that name an item twice. shannon_index: of a list’s items. between_topics_…: share of the variance between lists that lies between topics, less chance’s (ε²). temperature_…: rank correlation with the temperature of a list',
  ),
  rule: oneOf(
    RULES,
    'author: hyphens, lines and blanks as the author’s analysis counts them. token: as every study’s lists are counted; distances from the end in lists that ended only',
  ),
  template,
  temperature: nullable(real('sampling temperature; none over the sweep and the main one')),
  topic: nullable(text('one topic alone; none for all topics')),
  items_from_end: nullable(integer('0 for the last item; none for all items', 'items')),
  mean: real('mean, share or correlation', 'unit of the quantity'),
  ci_low: real('lower end of the interval, topics resampled; of one topic, lists'),
  ci_high: real('upper end of the interval'),
  n: integer('lists or items'),
});
