import { metric } from './attribution-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, real, table } from './table.ts';

export const featureAttributions = table(
  'feature_attributions',
  'one feature in one list, where it is among the most attributed at some position',
  {
    sample_id: sampleId,
    sae_id: saeId,
    metric,
    feature: integer('feature of the SAE'),
    attribution: real('sum over positions', 'logits'),
    max_act: real('greatest activation'),
  },
);
