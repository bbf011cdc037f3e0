import { crossEntropy, layer, method, strength } from './baseline-columns.ts';
import { sampleId } from './shared-columns.ts';
import { flag, integer, integers, type Row, real, table, text } from './table.ts';

export const baselines = table('baselines', 'one list by one method', {
  sample_id: sampleId,
  method,
  layer,
  strength,
  n_items: integer('items that were finished', 'items'),
  n_tokens: integer('tokens after the prompt, the stop token included', 'tokens'),
  n_repeats: integer('items that repeat an earlier one of the list', 'items'),
  shannon_index: real('diversity of the list’s items', 'nats'),
  ended: flag('whether the model ended its turn before the limit on new tokens'),
  blank_before_end: flag('whether it ended after a blank: the last item’s'),
  cross_entropy: crossEntropy,
  n_prompt_tokens: integer('tokens of the prompt, the answer’s opening included', 'tokens'),
  text: text('the answer, from its opening on'),
  token_ids: integers('prompt, as the method leaves it, and list'),
});

export type BaselineRow = Row<typeof baselines>;
