import { crossEntropy, layer, method, strength } from './baseline-columns.ts';
import { sampleId } from './shared-columns.ts';
import { flag, integer, integers, nullable, type Row, real, table, text } from './table.ts';

export const baselines = table('baselines', 'one list generated with one method', {
  sample_id: sampleId,
  method,
  layer,
  strength,
  draw: nullable(
    integer(
      'index of its noise, which is that of edited lists in ablations, from 0; null where the noise is the baseline’s',
    ),
  ),
  n_items: integer('finished items', 'items'),
  n_tokens: integer('tokens after the prompt, including the stop token', 'tokens'),
  n_repeats: integer('items that repeat an earlier item of the list', 'items'),
  shannon_index: real('Shannon index of the list’s items: their diversity', 'nats'),
  ended: flag('whether the model ended its turn before the limit on new tokens'),
  blank_before_end: flag('whether the list ended with a blank after its last item'),
  cross_entropy: crossEntropy,
  n_prompt_tokens: integer('tokens of the prompt, including the answer’s opening', 'tokens'),
  text: text('text of the answer, including the opening that the prompt contains'),
  token_ids: integers('token ids of the prompt, as changed by the method, and the list'),
});

export type BaselineRow = Row<typeof baselines>;
