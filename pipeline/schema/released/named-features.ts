import { featureColumns } from '../shared-columns.ts';
import { integer, nullable, type Row, real, table, text } from '../table.ts';
import { file, metric } from './tuple-columns.ts';

export const namedFeatures = table(
  'named_features',
  'what the attribution tuples of one file have of one feature that the write-up names; one row without a file where none has it',
  {
    ...featureColumns,
    file: nullable(file),
    metric: nullable(metric),
    n_tuples: integer('tuples of the feature'),
    n_lists: integer('lists with such a tuple', 'lists'),
    n_topics: integer('topics of these lists', 'topics'),
    n_first: integer('tuples at position 0, the BOS token'),
    n_prompt: integer('tuples at other positions of the prompt, which includes the first hyphen'),
    n_list: integer('tuples after the prompt, up to and including the last item’s hyphen'),
    n_last_item: integer('tuples after the last item’s hyphen'),
    prompt_token: nullable(
      text(
        'the token of the prompt, position 0 left out, that has most of these tuples; null if none',
      ),
    ),
    n_prompt_token: integer('tuples at this token'),
    relative_position: nullable(
      real(
        'mean position of the tuples, 0 the first token and 1 the last item’s last token; null without tuples',
      ),
    ),
    median_rank: nullable(
      real('median rank of the tuples in their list, from 1 for the largest attribution'),
    ),
    leaf_order: nullable(
      integer('place among the leaves of its SAE’s map, from 0; null if it is not mapped'),
    ),
    n_leaves: nullable(integer('features of that map; null if it is not mapped')),
  },
);

export type NamedFeatureRow = Row<typeof namedFeatures>;
