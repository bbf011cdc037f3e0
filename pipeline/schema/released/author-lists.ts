import { sampleId } from '../shared-columns.ts';
import { integer, real, table } from '../table.ts';

export const authorLists = table('author_lists', 'one list as counted by the author’s analysis', {
  sample_id: sampleId,
  n_hyphens: integer(
    'hyphen tokens, the author’s count of items: it includes hyphens inside names and a last line cut off by the token limit',
  ),
  n_lines: integer(
    'lines of the decoded text that begin with a hyphen, including a line that is cut off',
  ),
  n_distinct_lines: integer(
    'distinct lines among these; a name with and without a trailing blank counts as two',
  ),
  shannon_lines: real('Shannon index of these lines, as spelled', 'nats'),
});
