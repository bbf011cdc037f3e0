import { sampleId } from './shared-columns.ts';
import { flag, integer, nullable, oneOf, table, text } from './table.ts';
import { TOKEN_KINDS } from './token-kinds.ts';

export const tokens = table('tokens', 'one token of a prompt and its completion', {
  sample_id: sampleId,
  pos: integer('position in the whole sequence, from 0'),
  token_id: integer('id in the vocabulary'),
  token: text('its text'),
  is_prompt: flag('whether it is part of the prompt'),
  item_index: nullable(integer('the item it is part of, marker, blank and newline included')),
  kind: oneOf(TOKEN_KINDS, 'what the token is in the list'),
});
