import { protocol } from './ablation-columns.ts';
import { saeId, sampleId } from './shared-columns.ts';
import { integer, type Row, real, table } from './table.ts';

export const ablationMetric = table('ablation_metric', 'what zeroing k features does to one list', {
  sample_id: sampleId,
  sae_id: saeId,
  protocol,
  k: integer('features zeroed at most'),
  n_edits: integer('features zeroed: fewer where no more have a positive attribution'),
  predicted: real('change of blank_newline by their attributions, −Σ attribution', 'logits'),
  measured: real('change of blank_newline, the list’s own tokens kept', 'logits'),
});

export type MetricRow = Row<typeof ablationMetric>;
