import { sampleId, template } from './shared-columns.ts';
import { flag, integer, integers, real, table, text } from './table.ts';

export const completions = table('completions', 'one generated list', {
  sample_id: sampleId,
  template,
  topic: text('topic of the list'),
  temperature: real('sampling temperature'),
  replicate: integer('index of the sample with this topic, template and temperature, from 0'),
  n_items: integer('finished items', 'items'),
  n_tokens: integer('generated tokens, including the stop token', 'tokens'),
  n_repeats: integer('items that repeat an earlier item of the list', 'items'),
  loops: flag('whether the list has the same item three times running'),
  ended: flag('whether the model ended its turn before the limit on new tokens'),
  n_prompt_tokens: integer('tokens of the prompt, including the answer’s opening', 'tokens'),
  text: text('text of the answer, including the opening that the prompt contains'),
  token_ids: integers('token ids of prompt and completion'),
});
