import { anySae, arm, k, protocol } from './ablation-columns.ts';
import { sampleId } from './shared-columns.ts';
import { flag, integer, integers, nullable, type Row, real, table, text } from './table.ts';

export const ablations = table('ablations', 'one list generated under one arm', {
  sample_id: sampleId,
  sae_id: anySae,
  protocol,
  arm,
  k,
  draw: nullable(
    integer(
      'index of the noise, from 0; of a control also that of its features, of held-out features that of the split; null where the noise is the baseline’s. Edited and resampled lists of one index have different noise',
    ),
  ),
  n_items: integer('finished items, including those of an unchanged prefix', 'items'),
  n_tokens: integer(
    'tokens after the prompt, including an unchanged prefix and the stop token',
    'tokens',
  ),
  n_repeats: integer('items that repeat an earlier item of the list', 'items'),
  shannon_index: real('Shannon index of the list’s items: their diversity', 'nats'),
  ended: flag('whether the model ended its turn before the limit on new tokens'),
  blank_before_end: flag('whether the list ended with a blank after its last item'),
  text: text('text of the answer, including the opening that the prompt contains'),
  token_ids: integers('token ids of prompt and list'),
});

export type AblationRow = Row<typeof ablations>;
