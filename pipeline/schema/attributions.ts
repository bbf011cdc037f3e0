import { metric } from './attribution-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, nullable, real, table } from './table.ts';

export const attributions = table(
  'attributions',
  'one feature at one position of one list, among the most attributed there',
  {
    sample_id: sampleId,
    sae_id: saeId,
    metric,
    pos: integer('position in the whole sequence, from 0'),
    feature: integer('feature of the SAE'),
    feature_act: real('its activation there'),
    attribution: real('activation × gradient of the metric along its decoder direction', 'logits'),
    rank: nullable(integer('place by value, 1 the most positive; none beyond the top')),
    rank_by_magnitude: nullable(integer('place by magnitude, from 1; none beyond the top')),
    rank_in_prompt: nullable(
      integer('place by value among positions of the prompt; none elsewhere and beyond the top'),
    ),
    rank_in_prefix: nullable(
      integer('the same, among positions up to the last item’s marker, it included'),
    ),
  },
);
