import { saeId } from '../shared-columns.ts';
import { integer, table } from '../table.ts';
import { file, metric } from './tuple-columns.ts';

export const tupleCounts = table('tuple_counts', 'the tuples of one SAE in one file', {
  file,
  sae_id: saeId,
  metric,
  n_lists: integer('lists', 'lists'),
  n_tuples: integer('tuples'),
  n_features: integer('different features'),
  n_features_everywhere: integer('of those, in lists of every topic'),
  n_features_one_topic: integer('of those, in lists of one topic only'),
  n_first: integer('tuples at position 0, the token that every sequence begins with'),
  n_prompt: integer('tuples at other positions of the prompt, the first hyphen included'),
  n_list: integer('tuples after it, up to the last item’s hyphen'),
  n_last_item: integer('tuples after that hyphen'),
});
