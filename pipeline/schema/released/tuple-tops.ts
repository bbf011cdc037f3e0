import { saeId } from '../shared-columns.ts';
import { integers, table, text } from '../table.ts';
import { file } from './tuple-columns.ts';

export const tupleTops = table(
  'tuple_tops',
  'features of one SAE in the tuples of one topic and file',
  {
    file,
    sae_id: saeId,
    topic: text('topic of the lists'),
    smallest: integers('the ten features with the smallest indices, tuples at position 0 excluded'),
    most_frequent: integers('the ten features with the most tuples, tuples at position 0 excluded'),
  },
);
