import { template } from '../shared-columns.ts';
import { integer, nullable, real, table, text } from '../table.ts';

export const releasedFiles = table('released_files', 'the lists of one temperature of one file', {
  file: text('name of the released file'),
  template,
  temperature: real('sampling temperature, as the file or the author’s code says'),
  apart: nullable(text('why they are in no other table; none where they are the study’s')),
  n_lists: integer('lists', 'lists'),
  n_topics: integer('topics', 'topics'),
  n_ended: integer('lists that the model ended before the limit on tokens', 'lists'),
  n_prompt_as_said: integer('lists whose prompt is “Provide me with …”, word by word', 'lists'),
  mean_items: real('mean of finished items, found by token', 'items'),
  mean_hyphens: real('mean of hyphen tokens, the author’s number of items', 'items'),
});
