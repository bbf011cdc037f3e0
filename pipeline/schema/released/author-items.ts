import { sampleId } from '../shared-columns.ts';
import { flag, integer, table } from '../table.ts';

export const authorItems = table('author_items', 'one item as the author’s analysis counted it', {
  sample_id: sampleId,
  item_index: integer('place in the list, from 0, by hyphen tokens'),
  items_from_end: integer('0 for the last, whether or not the list ended'),
  n_tokens: integer(
    'tokens up to the next hyphen, hyphen, blank and newline included; 0 for the last of a list that did not end',
  ),
  has_blank: flag('whether a lone blank stands anywhere among them'),
});
