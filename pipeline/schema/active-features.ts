import { path } from './attribution-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, type Row, real, table } from './table.ts';

export const activeFeatures = table(
  'active_features',
  'one feature that changes along a path, at one position at which a feature of the same list is among the most attributed',
  {
    sample_id: sampleId,
    sae_id: saeId,
    path,
    pos: integer('position in the sequence of prompt and list, from 0'),
    feature: integer('index of the feature in the SAE'),
    feature_act: real('activation of the feature at this position'),
    start_act: real('its value where the path starts: 0, or that after the swapped prompt'),
    attribution: real(
      'what its value adds to blank_newline at the last item over the value where the path starts',
      'logits',
    ),
  },
);

export type ActiveRow = Row<typeof activeFeatures>;
