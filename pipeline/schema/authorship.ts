import { author, listId, template } from './authorship-columns.ts';
import { entropyColumn, underProcess } from './entropy-columns.ts';
import { flag, integer, nullable, type Row, real, table, text } from './table.ts';

export const authorship = table(
  'authorship',
  'one item of a list by some author, as the model reads it after its own prompt',
  {
    list_id: listId,
    author,
    topic: text('topic of the list'),
    template,
    item_index: integer('index of the item among those that are read, from 0'),
    items_from_end: nullable(integer('0 for the last item; null where a limit cut the list')),
    is_repeat: flag('whether an earlier item of the list has the same name'),
    n_tokens: integer('tokens of the item’s name', 'tokens'),
    entropy: entropyColumn,
    p_end: real('probability of the event “end” after the item’s last token'),
    p_again: real('probability of the event “again” after the item’s last token'),
    true_entropy: underProcess('entropy', 'nats'),
    true_p_end: underProcess('probability of the event “end”'),
    log_likelihood: real('log-probability of the name’s tokens, given all before them', 'nats'),
    log_likelihood_per_token: real('the same, divided by n_tokens', 'nats per token'),
  },
);

export type AuthorshipRow = Row<typeof authorship>;
