import { condition, entropyColumn, kl, positionKind, underProcess } from './entropy-columns.ts';
import { sampleId } from './shared-columns.ts';
import { integer, nullable, type Row, real, table } from './table.ts';

const END =
  'probability of the event “end” at this position: of the token that leads to the list’s end';
const AGAIN =
  'probability of the event “again” at this position: of the token that leads to another item, after the newline of a numbered item the first token of the number that is due; where no one token does, of all tokens but that of the end';
const token = (event: string, position: string) =>
  `probability, at this position, of the token that means “${event}” ${position}`;
const AFTER_ITEM = 'after an item’s last token';
const AFTER_NEWLINE = 'after an item’s newline or comma';

export const entropy = table('entropy', 'the next-token distribution at one position of a list', {
  sample_id: sampleId,
  condition,
  item_index: integer('index of the item in the list, from 0'),
  items_from_end: nullable(integer('0 for the last item; null where the list did not end')),
  position_kind: positionKind,
  entropy: entropyColumn,
  p_end: real(END),
  p_again: real(AGAIN),
  p_item_end: real(token('end', AFTER_ITEM)),
  p_item_again: real(token('again', AFTER_ITEM)),
  p_newline_end: real(token('end', AFTER_NEWLINE)),
  p_newline_again: real(token('again', AFTER_NEWLINE)),
  true_entropy: underProcess('entropy', 'nats'),
  true_p_end: underProcess(END),
  true_p_again: underProcess(AGAIN),
  true_p_item_end: underProcess(token('end', AFTER_ITEM)),
  true_p_item_again: underProcess(token('again', AFTER_ITEM)),
  true_p_newline_end: underProcess(token('end', AFTER_NEWLINE)),
  true_p_newline_again: underProcess(token('again', AFTER_NEWLINE)),
  kl,
});

export type EntropyRow = Row<typeof entropy>;
