import { sampleId } from './shared-columns.ts';
import { flag, integer, nullable, table, text } from './table.ts';

export const items = table('items', 'one finished item of a list', {
  sample_id: sampleId,
  item_index: integer('place in the list, from 0'),
  items_from_end: nullable(
    integer('0 for the last item; none where the list did not end', 'items'),
  ),
  text: text('the item'),
  n_tokens: integer('its tokens, without marker, trailing blank and newline', 'tokens'),
  blank_after: flag('whether a blank stands between the item and its newline or end'),
  is_repeat: flag('whether an earlier item of the list is the same'),
  pos_last_token: integer('position of its last token, in the whole sequence from 0'),
  pos_newline: nullable(integer('position of the newline after it; none where the turn ended')),
});
