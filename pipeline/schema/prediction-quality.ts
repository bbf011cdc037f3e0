import { protocol } from './ablation-columns.ts';
import { saeId } from './shared-columns.ts';
import { integer, nullable, type Row, real, table } from './table.ts';

export const predictionQuality = table(
  'prediction_quality',
  'how well attribution predicts what one SAE’s ablation does to the metric',
  {
    sae_id: saeId,
    protocol,
    rank_correlation: nullable(real('Spearman’s, of predicted and measured; none if constant')),
    sign_agreement: nullable(real('share of lists where both have one sign; none without lists')),
    mean_predicted: nullable(real('mean of predicted', 'logits')),
    mean_measured: nullable(real('mean of measured', 'logits')),
    n: integer('lists in which anything is zeroed', 'lists'),
  },
);

export type QualityRow = Row<typeof predictionQuality>;
