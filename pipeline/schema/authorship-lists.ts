import { author, listId, template } from './authorship-columns.ts';
import { flag, integer, nullable, type Row, table, text } from './table.ts';

export const authorshipLists = table(
  'authorship_lists',
  'one list that the model was to read, whoever wrote it',
  {
    list_id: listId,
    author,
    topic: text('topic of the list'),
    template,
    n_items: integer('items that are read', 'items'),
    n_unknown: integer('items left out because the vocabulary cannot spell them', 'items'),
    n_tokens: integer('tokens from the first item’s first to the last item’s last', 'tokens'),
    ended: flag(
      'whether the last item is where its author ended the list, or where it was cut; false where a limit on tokens cut it',
    ),
    reason: nullable(text('why the list is not read; null where it is')),
  },
);

export type AuthorshipListRow = Row<typeof authorshipLists>;
