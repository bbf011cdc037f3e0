import { sampleId } from './shared-columns.ts';
import { flag, integer, nullable, table, text } from './table.ts';

export const items = table('items', 'one finished item of a list', {
  sample_id: sampleId,
  item_index: integer('index of the item in the list, from 0'),
  items_from_end: nullable(
    integer('0 for the last item; null where the list did not end', 'items'),
  ),
  text: text('text of the item'),
  n_tokens: integer('tokens of the item, without marker, trailing blank and newline', 'tokens'),
  blank_after: flag('whether a blank token follows the item, before its newline or the end'),
  is_repeat: flag('whether it repeats an earlier item of the list'),
  pos_last_token: integer(
    'position of the item’s last token in the sequence of prompt and list, from 0',
  ),
  pos_newline: nullable(
    integer(
      'position of the newline, or comma, after the item; null where the turn or the line of commas ended instead',
    ),
  ),
});
