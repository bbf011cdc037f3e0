import { metric } from './attribution-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, real, table } from './table.ts';

export const tokenAttributions = table(
  'token_attributions',
  'what one SAE accounts for at one position of one list',
  {
    sample_id: sampleId,
    sae_id: saeId,
    metric,
    pos: integer('position in the whole sequence, from 0; BOS left out'),
    features: real('sum over features', 'logits'),
    error: real('what the SAE misses', 'logits'),
    bias: real('the decoder’s bias', 'logits'),
  },
);
