import { byGradient, metric } from './attribution-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, real, table } from './table.ts';

export const featureAttributions = table(
  'feature_attributions',
  'one feature in one list, in which it is among the largest attributions at some position',
  {
    sample_id: sampleId,
    sae_id: saeId,
    metric,
    feature: integer('index of the feature in the SAE'),
    attribution: real('attribution by the study’s method, summed over positions', 'logits'),
    gradient: byGradient('the same sum'),
    max_act: real('greatest activation in the list'),
  },
);
