import { saeId, sampleId } from './shared-columns.ts';
import { flag, integer, type Row, real, table } from './table.ts';

export const activeFeatures = table(
  'active_features',
  'one feature at one position at which a feature of the same list is among the most attributed, active under either word',
  {
    sample_id: sampleId,
    sae_id: saeId,
    pos: integer('position in the sequence of prompt and list, from 0'),
    feature: integer('index of the feature in the SAE'),
    in_prompt: flag('whether the position is in the prompt'),
    feature_act: real('activation of the feature at this position'),
    swapped_act: real('its activation there when the qualifier of the prompt is swapped'),
    attribution: real('its attribution to blank_newline at the last item', 'logits'),
    swap_attribution: real(
      'what its value adds to blank_newline over the value that it has when the qualifier is swapped',
      'logits',
    ),
  },
);

export type ActiveRow = Row<typeof activeFeatures>;
