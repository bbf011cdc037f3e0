import { template } from './shared-columns.ts';
import { integer, real, table } from './table.ts';

export const itemCounts = table('item_counts', 'the lists of one length', {
  template,
  temperature: real('sampling temperature'),
  n_items: integer('number of items of the lists', 'items'),
  n_lists: integer('number of lists of this length', 'lists'),
});
