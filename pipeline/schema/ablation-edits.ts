import { EDIT_ARMS, protocol } from './ablation-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, nullable, oneOf, type Row, real, table } from './table.ts';

export const ablationEdits = table('ablation_edits', 'one feature edited at one position', {
  sample_id: sampleId,
  sae_id: saeId,
  protocol,
  arm: oneOf(
    EDIT_ARMS,
    'whether the feature is among the most attributed, or is a random replacement for one of them',
  ),
  pos: integer('position in the sequence of prompt and list, from 0'),
  feature: integer('index of the feature in the SAE'),
  feature_act: real('activation of the feature at this position'),
  value: real('the value that it is set to'),
  attribution: nullable(
    real(
      'its attribution to the metric blank_newline, for substituted features that of the qualifier’s swap; null for random features',
      'logits',
    ),
  ),
  rank: integer(
    'rank by attribution among the features that the protocol may edit; for a random feature, that of the feature it replaces',
  ),
});

export type EditRow = Row<typeof ablationEdits>;
