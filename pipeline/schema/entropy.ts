import { condition, entropyColumn, kl, positionKind, underProcess } from './entropy-columns.ts';
import { sampleId } from './shared-columns.ts';
import { integer, nullable, type Row, real, table } from './table.ts';

/** Columns with the probability of a token that decides how a list goes on. */
export const WATCHED_COLUMNS = ['p_blank', 'p_newline', 'p_hyphen', 'p_end_of_turn'] as const;
export type WatchedColumn = (typeof WATCHED_COLUMNS)[number];

export const entropy = table('entropy', 'what may follow one position of a list', {
  sample_id: sampleId,
  condition,
  item_index: integer('place of the item in the list, from 0'),
  items_from_end: nullable(integer('0 for the last item; none where the list did not end')),
  position_kind: positionKind,
  entropy: entropyColumn,
  p_blank: real('probability that a blank comes next'),
  p_newline: real('probability that a newline comes next'),
  p_hyphen: real('probability that a hyphen comes next'),
  p_end_of_turn: real('probability that the end of the turn comes next'),
  true_entropy: underProcess('entropy', 'nats'),
  true_p_blank: underProcess('probability of a blank'),
  true_p_newline: underProcess('probability of a newline'),
  true_p_hyphen: underProcess('probability of a hyphen'),
  true_p_end_of_turn: underProcess('probability of the end of the turn'),
  kl,
});

export type EntropyRow = Row<typeof entropy>;
