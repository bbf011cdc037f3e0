import { protocol } from './ablation-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, type Row, real, table } from './table.ts';

export const ablationMetric = table(
  'ablation_metric',
  'the effect of zeroing k features on the metric of one list',
  {
    sample_id: sampleId,
    sae_id: saeId,
    protocol,
    k: integer('largest number of features zeroed'),
    n_edits: integer(
      'number of features zeroed: less than k where fewer have a positive attribution',
    ),
    predicted: real(
      'predicted change in blank_newline: −Σ attribution of these features',
      'logits',
    ),
    measured: real(
      'measured change in blank_newline, with the tokens of the list unchanged',
      'logits',
    ),
  },
);

export type MetricRow = Row<typeof ablationMetric>;
