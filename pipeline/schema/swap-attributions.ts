import { byGradient } from './attribution-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, nullable, type Row, real, table } from './table.ts';

export const swapAttributions = table(
  'swap_attributions',
  'one feature at one position of one list, among those through which the prompt’s qualifier adds most to the metric blank_newline',
  {
    sample_id: sampleId,
    sae_id: saeId,
    pos: integer('position in the sequence of prompt and list, from 0'),
    feature: integer('index of the feature in the SAE'),
    feature_act: real('activation of the feature at this position'),
    swapped_act: real('its activation there when the prompt’s qualifier is swapped'),
    attribution: real(
      'what its value adds to the metric over the swapped one, by the study’s method along the path swapped; the rankings are by it',
      'logits',
    ),
    gradient: byGradient('the same'),
    rank_in_prompt: nullable(
      integer(
        'rank by attribution among the positions of the prompt, from 1; null outside the ranking',
      ),
    ),
    rank_in_prefix: nullable(
      integer(
        'rank by attribution among the positions up to and including the last item’s marker, from 1; null outside the ranking',
      ),
    ),
  },
);

export type SwapAttributionRow = Row<typeof swapAttributions>;
