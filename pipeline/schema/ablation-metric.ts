import { editArm, protocol } from './ablation-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, nullable, type Row, real, table } from './table.ts';

export const ablationMetric = table(
  'ablation_metric',
  'the effect of editing k features on the metric of one list; of a control, over its draws',
  {
    sample_id: sampleId,
    sae_id: saeId,
    protocol,
    arm: editArm,
    split: nullable(
      integer('of held-out features, the split of topics that they were chosen in; otherwise null'),
    ),
    k: integer('largest number of features edited'),
    n_edits: real(
      'number of features edited, mean over the draws: less than k where fewer have a positive attribution or are active',
    ),
    n_pool: integer(
      'features that the intervention can change at the edited positions: a control is drawn from these',
    ),
    n_shared: real(
      'of the edited features, how many are among the chosen ones; mean over the draws',
    ),
    n_draws: integer('draws of a control; 1 for chosen features', 'draws'),
    predicted: nullable(
      real(
        'predicted change in blank_newline: −Σ attribution of these features; null for controls',
        'logits',
      ),
    ),
    measured: real(
      'measured change in blank_newline, with the tokens of the list unchanged; mean over the draws',
      'logits',
    ),
    sd: nullable(real('standard deviation over the draws; null for chosen features', 'logits')),
    share_as_large: nullable(
      real(
        'share of the draws that change the metric as much as the chosen features do, in the same direction; null for these',
      ),
    ),
  },
);

export type MetricRow = Row<typeof ablationMetric>;
