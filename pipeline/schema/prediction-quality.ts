import { protocol } from './ablation-columns.ts';
import { saeId } from './shared-columns.ts';
import { integer, nullable, type Row, real, table } from './table.ts';

export const predictionQuality = table(
  'prediction_quality',
  'how well attribution predicts the effect of one SAE’s ablation on the metric',
  {
    sae_id: saeId,
    protocol,
    rank_correlation: nullable(
      real('Spearman correlation of predicted and measured change; null where one is constant'),
    ),
    sign_agreement: nullable(
      real('share of lists in which both changes have the same sign; null without lists'),
    ),
    mean_predicted: nullable(real('mean predicted change', 'logits')),
    mean_measured: nullable(real('mean measured change', 'logits')),
    n: integer('lists in which at least one feature is zeroed', 'lists'),
  },
);

export type QualityRow = Row<typeof predictionQuality>;
