import { saeId } from '../shared-columns.ts';
import { integers, table, text } from '../table.ts';
import { file } from './tuple-columns.ts';

export const tupleTops = table('tuple_tops', 'ten features of one topic, of one SAE in one file', {
  file,
  sae_id: saeId,
  topic: text('what the lists are of'),
  smallest: integers('the ten features of the smallest numbers, position 0 left out'),
  most_frequent: integers('the ten features in most tuples of the topic, position 0 left out'),
});
