import { sampleId } from '../shared-columns.ts';
import { integer, real, table } from '../table.ts';

export const authorLists = table('author_lists', 'one list as the author’s analysis counted it', {
  sample_id: sampleId,
  n_hyphens: integer(
    'hyphen tokens, the author’s number of items: a hyphen in a name adds one, and a last line that the limit cut counts',
  ),
  n_lines: integer('lines of the decoded text that begin with a hyphen, a cut one included'),
  n_distinct_lines: integer('of those, spelt differently: with a blank after it a name is another'),
  shannon_lines: real('Shannon index of those lines, as they are spelt', 'nats'),
});
