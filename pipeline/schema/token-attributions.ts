import { byGradient, metric } from './attribution-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, real, table } from './table.ts';

export const tokenAttributions = table(
  'token_attributions',
  'the attribution to one SAE at one position of one list',
  {
    sample_id: sampleId,
    sae_id: saeId,
    metric,
    pos: integer('position in the sequence of prompt and list, from 0; BOS has no row'),
    features: real('attribution of all features by the study’s method', 'logits'),
    gradient: byGradient('attribution of all features'),
    error: real('attribution of the SAE’s error term to first order', 'logits'),
    bias: real(
      'attribution to first order of what the SAE adds without any feature: the decoder’s bias, and the skip connection of transcoders that have one',
      'logits',
    ),
  },
);
