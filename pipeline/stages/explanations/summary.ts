import {
  EXPLANATION_METHODS,
  type ExplanationMethod,
  type ExplanationRow,
  type ExplanationSummaryRow,
} from '../../schema/explanations.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import { clusterShare } from '../../stats/cluster-share.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';

interface Scored {
  readonly saeId: string;
  readonly auc: number;
  readonly shuffled: number;
}

/** A row for each method that has labels. Features of one SAE share directions, so that SAEs are the clusters. */
export const summaryRows = (
  rows: readonly ExplanationRow[],
  settings: IntervalSettings,
): ExplanationSummaryRow[] =>
  EXPLANATION_METHODS.flatMap((method) => {
    const of = rows.filter((row) => row.method === method);
    return of.length === 0 ? [] : [summaryRow(method, of, settings)];
  });

function summaryRow(
  method: ExplanationMethod,
  rows: readonly ExplanationRow[],
  settings: IntervalSettings,
): ExplanationSummaryRow {
  const scored = rows.flatMap((row): Scored[] => {
    const auc = method === 'judge' ? row.detection_auc : row.token_auc;
    if (auc === null || row.shuffled_auc === null) return [];
    return [{ saeId: row.sae_id, auc, shuffled: row.shuffled_auc }];
  });
  const raised = rows.flatMap(({ sae_id, output_score }) =>
    output_score === null ? [] : [{ saeId: sae_id, output: output_score }],
  );
  const mean = <T extends { saeId: string }>(of: readonly T[], what: string, value: Of<T>) =>
    of.length === 0
      ? null
      : clusterMean(
          { rows: of, value, cluster: ({ saeId }) => saeId, range: [0, 1] },
          `explanations ${method} ${what}`,
          settings,
        );
  const above =
    scored.length === 0
      ? null
      : clusterShare(
          {
            rows: scored,
            value: ({ auc, shuffled }) => (auc > shuffled ? 1 : 0),
            cluster: ({ saeId }) => saeId,
          },
          settings,
        );
  const auc = mean(scored, 'auc', (row) => row.auc);
  const shuffled = mean(scored, 'shuffled', (row) => row.shuffled);
  const output = mean(raised, 'output', (row) => row.output);
  return {
    method,
    n_features: rows.length,
    n_scored: scored.length,
    share_above: above?.mean ?? null,
    share_low: above?.ci_low ?? null,
    share_high: above?.ci_high ?? null,
    auc: auc?.mean ?? null,
    auc_low: auc?.ci_low ?? null,
    auc_high: auc?.ci_high ?? null,
    shuffled: shuffled?.mean ?? null,
    shuffled_low: shuffled?.ci_low ?? null,
    shuffled_high: shuffled?.ci_high ?? null,
    output_score: output?.mean ?? null,
    output_low: output?.ci_low ?? null,
    output_high: output?.ci_high ?? null,
  };
}

type Of<T> = (row: T) => number;
