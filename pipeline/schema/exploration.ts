import { template } from './shared-columns.ts';
import { integer, nullable, oneOf, real, table, text } from './table.ts';

export const FINDINGS = [
  'items_per_list',
  'tokens_per_item',
  'blank_before_end',
  'repeats',
  'ended',
] as const;
export type Finding = (typeof FINDINGS)[number];

export const exploration = table('exploration', 'one mean over lists or items, with its interval', {
  finding: oneOf(FINDINGS, 'what is averaged'),
  template,
  temperature: real('sampling temperature'),
  topic: nullable(text('one topic alone; none for all topics')),
  items_from_end: nullable(
    integer('only items this far from the end, 0 for the last; none for all items', 'items'),
  ),
  metric: text('the quantity, as its column or event is called'),
  mean: real('mean', 'unit of the metric'),
  ci_low: real('lower end of the interval', 'unit of the metric'),
  ci_high: real('upper end of the interval', 'unit of the metric'),
  n: integer('lists or items averaged'),
});
