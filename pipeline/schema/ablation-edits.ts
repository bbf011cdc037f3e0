import { editArm, protocol } from './ablation-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, nullable, type Row, real, table } from './table.ts';

export const ablationEdits = table(
  'ablation_edits',
  'one feature edited at one position in a list that was written again',
  {
    sample_id: sampleId,
    sae_id: saeId,
    protocol,
    arm: editArm,
    draw: nullable(
      integer(
        'of a control, and the split of held-out features, from 0; null for features that all draws share',
      ),
    ),
    pos: integer('position in the sequence of prompt and list, from 0'),
    feature: integer('index of the feature in the SAE'),
    feature_act: real('activation of the feature at this position'),
    value: real('the value that it is set to'),
    attribution: nullable(
      real(
        'its attribution to the metric blank_newline, for substituted features that of the qualifier’s swap; for held-out features the mean over the lists that they were chosen on; null for their controls',
        'logits',
      ),
    ),
    rank: nullable(
      integer(
        'rank by attribution among the features that the protocol may edit; null for features of a control',
      ),
    ),
  },
);

export type EditRow = Row<typeof ablationEdits>;
