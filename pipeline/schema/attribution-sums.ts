import { metric } from './attribution-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { real, table } from './table.ts';

export const attributionSums = table('attribution_sums', 'the attribution to one SAE in one list', {
  sample_id: sampleId,
  sae_id: saeId,
  metric,
  features: real('attribution of all features, summed over positions without BOS', 'logits'),
  error: real('attribution of the SAE’s error term, summed over positions without BOS', 'logits'),
  bias: real(
    'attribution of what the SAE adds without any feature, the decoder’s bias and the skip connection of transcoders that have one, summed over positions without BOS',
    'logits',
  ),
});
