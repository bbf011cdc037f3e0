import { protocol } from './ablation-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, nullable, oneOf, type Row, real, table } from './table.ts';

export const ablationEdits = table('ablation_edits', 'one feature zeroed at one position', {
  sample_id: sampleId,
  sae_id: saeId,
  protocol,
  arm: oneOf(['ablated', 'random'], 'ablated as most attributed, or at random in its stead'),
  pos: integer('position in the whole sequence, from 0'),
  feature: integer('feature of the SAE'),
  feature_act: real('its activation there'),
  attribution: nullable(real('of the metric blank_newline; none at random', 'logits')),
  rank: integer('place by attribution among those that the protocol edits; of the one replaced'),
});

export type EditRow = Row<typeof ablationEdits>;
