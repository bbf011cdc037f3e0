import { metric } from './attribution-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { real, table } from './table.ts';

export const attributionSums = table('attribution_sums', 'what one SAE accounts for in one list', {
  sample_id: sampleId,
  sae_id: saeId,
  metric,
  features: real('sum over features and positions, BOS left out', 'logits'),
  error: real('sum over positions of what the SAE misses', 'logits'),
  bias: real('sum over positions of the decoder’s bias', 'logits'),
});
