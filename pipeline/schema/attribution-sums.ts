import { byGradient, metric, path } from './attribution-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, nullable, real, table } from './table.ts';

export const attributionSums = table(
  'attribution_sums',
  'the attribution to one SAE in one list, along one path',
  {
    sample_id: sampleId,
    sae_id: saeId,
    metric,
    path,
    features: real(
      'attribution of all features by the study’s method, summed over positions without BOS',
      'logits',
    ),
    gradient: byGradient('the same sum'),
    error: real(
      'attribution of the SAE’s error term to first order, summed over positions without BOS',
      'logits',
    ),
    bias: real(
      'attribution to first order of what the SAE adds without any feature, the decoder’s bias and the skip connection of transcoders that have one, summed over positions without BOS',
      'logits',
    ),
    metric_start: nullable(
      real(
        'the metric at the path’s start: with all features of the SAE at the values that they start from, the error term kept; null where it was not measured, by the method gradient',
        'logits',
      ),
    ),
    metric_end: real('the metric of the list as it is', 'logits'),
    completeness_error: nullable(
      real(
        'features − (metric_end − metric_start): 0 if the attributions add up to the difference between the ends; null where metric_start is',
        'logits',
      ),
    ),
    n_points: integer('points of the path at which the gradient was taken', 'points'),
  },
);
