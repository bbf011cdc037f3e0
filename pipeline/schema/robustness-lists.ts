import { sampleId, template } from './shared-columns.ts';
import { flag, integer, table, text } from './table.ts';

export const robustnessLists = table('robustness_lists', 'one list generated in the other form', {
  sample_id: sampleId,
  template,
  topic: text('topic of the list'),
  n_items: integer('finished items', 'items'),
  n_tokens: integer('generated tokens, including the stop token', 'tokens'),
  n_repeats: integer('items that repeat an earlier item of the list', 'items'),
  loops: flag('whether the list has the same item three times running'),
  ended: flag('whether the model ended its turn before the limit on new tokens'),
  text: text('text of the answer, including the opening that the prompt contains'),
});
