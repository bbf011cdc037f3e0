import { PROTOCOLS } from '../../schema/ablation-columns.ts';
import type { MetricRow } from '../../schema/ablation-metric.ts';
import type { QualityRow } from '../../schema/prediction-quality.ts';
import { rankCorrelation } from '../../stats/rank-correlation.ts';

/** How well attribution predicts the measured effect of zeroing, over the lists in which at least one feature is zeroed. */
export const qualityRows = (rows: readonly MetricRow[], saeId: string): QualityRow[] =>
  PROTOCOLS.map((protocol) => {
    const edited = rows.flatMap((row) =>
      row.protocol === protocol && row.arm === 'ablated' && row.n_edits > 0
        ? [{ measured: row.measured, predicted: row.predicted! }]
        : [],
    );
    const predicted = edited.map((row) => row.predicted);
    const measured = edited.map((row) => row.measured);
    const agreeing = edited.filter((row) => Math.sign(row.predicted) === Math.sign(row.measured));
    return {
      sae_id: saeId,
      protocol,
      rank_correlation: rankCorrelation(predicted, measured),
      sign_agreement: edited.length === 0 ? null : agreeing.length / edited.length,
      mean_predicted: meanOf(predicted),
      mean_measured: meanOf(measured),
      n: edited.length,
    };
  });

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
