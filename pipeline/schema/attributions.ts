import { byGradient, metric } from './attribution-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, nullable, real, table } from './table.ts';

export const attributions = table(
  'attributions',
  'one feature at one position of one list, among the list’s largest attributions',
  {
    sample_id: sampleId,
    sae_id: saeId,
    metric,
    pos: integer('position in the sequence of prompt and list, from 0'),
    feature: integer('index of the feature in the SAE'),
    feature_act: real('activation of the feature at this position'),
    attribution: real(
      'what its value adds to the metric over that at the path’s start, by the study’s method; the rankings are by it',
      'logits',
    ),
    gradient: byGradient('the same'),
    rank: nullable(
      integer('rank by value, from 1 for the most positive; null outside the ranking'),
    ),
    rank_by_magnitude: nullable(integer('rank by magnitude, from 1; null outside the ranking')),
    rank_in_prompt: nullable(
      integer('rank by value among the positions of the prompt, from 1; null outside the ranking'),
    ),
    rank_in_prefix: nullable(
      integer(
        'rank by value among the positions up to and including the last item’s marker, from 1; null outside the ranking',
      ),
    ),
  },
);
