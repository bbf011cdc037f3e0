import { EDIT_ARMS, protocol } from './ablation-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, nullable, oneOf, type Row, real, table } from './table.ts';

export const ablationMetric = table(
  'ablation_metric',
  'the effect of editing k features on the metric of one list',
  {
    sample_id: sampleId,
    sae_id: saeId,
    protocol,
    arm: oneOf(EDIT_ARMS, 'which features are edited, and how'),
    k: integer('largest number of features edited'),
    n_edits: integer(
      'number of features edited: less than k where fewer have a positive attribution',
    ),
    predicted: nullable(
      real(
        'predicted change in blank_newline: −Σ attribution of these features; null for random features',
        'logits',
      ),
    ),
    measured: real(
      'measured change in blank_newline, with the tokens of the list unchanged',
      'logits',
    ),
  },
);

export type MetricRow = Row<typeof ablationMetric>;
