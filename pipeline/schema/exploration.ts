import { template } from './shared-columns.ts';
import { integer, nullable, oneOf, real, table, text } from './table.ts';

export const FINDINGS = [
  'items_per_list',
  'tokens_per_item',
  'blank_before_end',
  'repeats',
  'ended',
  'loops',
  'nested',
] as const;
export type Finding = (typeof FINDINGS)[number];

export const exploration = table('exploration', 'one mean over lists or items, with its interval', {
  finding: oneOf(FINDINGS, 'the finding that the mean belongs to'),
  template,
  temperature: real('sampling temperature'),
  topic: nullable(text('the topic; null for all topics')),
  items_from_end: nullable(
    integer('distance of the items from the end, 0 for the last item; null for all items', 'items'),
  ),
  metric: text(
    'the quantity that is averaged: name of a column or event; n_items of the finding loops is that of lists that do not loop; nested: whether a list has indented items, which are not counted, and n_items_flat: the items of lists that have none',
  ),
  mean: real('mean', 'unit of the metric'),
  ci_low: real('lower end of the confidence interval', 'unit of the metric'),
  ci_high: real('upper end of the confidence interval', 'unit of the metric'),
  n: integer('number of lists or items averaged'),
});
