import { sampleId } from './shared-columns.ts';
import { flag, integer, nullable, oneOf, table, text } from './table.ts';
import { TOKEN_KINDS } from './token-kinds.ts';

export const tokens = table('tokens', 'one token of a prompt and its completion', {
  sample_id: sampleId,
  pos: integer('position in the sequence of prompt and list, from 0'),
  token_id: integer('id of the token'),
  token: text('text of the token'),
  is_prompt: flag('whether the token is part of the prompt'),
  item_index: nullable(
    integer(
      'index of the token’s item, which includes marker, blank and newline or comma; null outside items',
    ),
  ),
  kind: oneOf(
    TOKEN_KINDS,
    'kind of the token in the list; marker: what stands before an item, such as a hyphen or a token of its number; newline: what stands after it, also a comma between items; nested: of an indented line with a marker, which is no item, so that the list is nested',
  ),
});
