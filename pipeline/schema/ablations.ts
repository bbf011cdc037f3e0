import { anySae, arm, k, protocol } from './ablation-columns.ts';
import { sampleId } from './shared-columns.ts';
import { flag, integer, integers, nullable, type Row, real, table, text } from './table.ts';

export const ablations = table('ablations', 'one list under one arm', {
  sample_id: sampleId,
  sae_id: anySae,
  protocol,
  arm,
  k,
  draw: nullable(integer('which of the draws with other noise, from 0; resampled only')),
  n_items: integer('items that were finished, those of a kept prefix included', 'items'),
  n_tokens: integer('tokens after the prompt, kept prefix and stop token included', 'tokens'),
  n_repeats: integer('items that repeat an earlier one of the list', 'items'),
  shannon_index: real('diversity of the list’s items', 'nats'),
  ended: flag('whether the model ended its turn before the limit on new tokens'),
  blank_before_end: flag('whether it ended after a blank: the last item’s'),
  text: text('the answer, from its opening on'),
  token_ids: integers('prompt and list'),
});

export type AblationRow = Row<typeof ablations>;
