import { template } from './shared-columns.ts';
import { integer, real, table } from './table.ts';

export const itemCounts = table('item_counts', 'one length that lists came to', {
  template,
  temperature: real('sampling temperature'),
  n_items: integer('length of a list', 'items'),
  n_lists: integer('lists of that length', 'lists'),
});
