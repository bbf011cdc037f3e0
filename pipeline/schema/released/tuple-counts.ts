import { saeId } from '../shared-columns.ts';
import { flag, integer, table } from '../table.ts';
import { file, metric } from './tuple-columns.ts';

export const tupleCounts = table('tuple_counts', 'the attribution tuples of one SAE in one file', {
  file,
  sae_id: saeId,
  metric,
  n_lists: integer('number of lists with tuples', 'lists'),
  n_tuples: integer('number of tuples'),
  is_again: flag(
    'whether an earlier file has all of these tuples of the SAE and metric, so that they are none of their own',
  ),
  n_features: integer('number of distinct features'),
  n_features_everywhere: integer('features with tuples in lists of every topic'),
  n_features_one_topic: integer('features with tuples in lists of one topic only'),
  n_first: integer('tuples at position 0, the BOS token'),
  n_prompt: integer('tuples at other positions of the prompt, which includes the first hyphen'),
  n_list: integer('tuples after the prompt, up to and including the last item’s hyphen'),
  n_last_item: integer('tuples after the last item’s hyphen'),
});
