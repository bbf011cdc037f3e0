import { sampleId } from '../shared-columns.ts';
import { flag, integer, table } from '../table.ts';

export const authorItems = table('author_items', 'one item as counted by the author’s analysis', {
  sample_id: sampleId,
  item_index: integer('index of the item in the list, from 0, counted by hyphen tokens'),
  items_from_end: integer('0 for the last item, whether or not the list ended'),
  n_tokens: integer(
    'tokens up to the next hyphen, including the item’s hyphen, blank and newline; 0 for the last item of a list that did not end',
  ),
  has_blank: flag('whether one of these tokens is a lone blank'),
});
