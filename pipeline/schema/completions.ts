import { sampleId, template } from './shared-columns.ts';
import { flag, integer, integers, real, table, text } from './table.ts';

export const completions = table('completions', 'one generated list', {
  sample_id: sampleId,
  template,
  topic: text('what the list is of'),
  temperature: real('sampling temperature'),
  replicate: integer('which of the samples of this topic, template and temperature, from 0'),
  n_items: integer('items that were finished', 'items'),
  n_tokens: integer('tokens generated, the stop token included', 'tokens'),
  n_repeats: integer('items that repeat an earlier one of the list', 'items'),
  ended: flag('whether the model ended its turn before the token limit'),
  n_prompt_tokens: integer('tokens of the prompt, the answer’s opening included', 'tokens'),
  text: text('the answer, from its opening on'),
  token_ids: integers('prompt and completion'),
});
