import { template } from '../shared-columns.ts';
import { integer, nullable, real, table, text } from '../table.ts';

export const releasedFiles = table('released_files', 'the lists of one temperature in one file', {
  file: text('name of the released file'),
  template,
  temperature: real('sampling temperature, according to the file or the author’s code'),
  apart: nullable(
    text('reason why the lists are in no other table; null where they are part of the study'),
  ),
  n_lists: integer('number of lists', 'lists'),
  n_topics: integer('number of topics', 'topics'),
  n_ended: integer('lists that the model ended before the limit on new tokens', 'lists'),
  n_prompt_as_said: integer(
    'lists whose prompt is exactly the write-up’s, “Provide me with …”',
    'lists',
  ),
  mean_items: real('mean number of finished items, counted by tokens', 'items'),
  mean_hyphens: real('mean number of hyphen tokens, the author’s count of items', 'items'),
});
