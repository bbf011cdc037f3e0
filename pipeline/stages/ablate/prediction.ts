import { type EditedReading, measureMetric } from '../../interp/measured-metric.ts';
import { zeroAblate } from '../../interp/zero-ablation.ts';
import type { Sae } from '../../sae/sae.ts';
import { PROTOCOLS } from '../../schema/ablation-columns.ts';
import type { MetricRow } from '../../schema/ablation-metric.ts';
import type { QualityRow } from '../../schema/prediction-quality.ts';
import { rankCorrelation } from '../../stats/rank-correlation.ts';
import type { PlannedEdits } from './edits.ts';
import type { AblationSetting } from './setting.ts';
import type { Target } from './target.ts';

/** The metric of every list without an edit. */
export async function measureCleanMetrics(
  setting: AblationSetting,
  targets: readonly Target[],
): Promise<Map<Target, number>> {
  const readings = targets.map((target) => readingOf(setting, target, []));
  const metrics = await measureMetric(setting.reader, ANY_HOOK, readings);
  return new Map(targets.map((target, i) => [target, metrics[i]!]));
}

/** How zeroing the study's k features changes the metric of each list (teacher-forced), and what attribution predicts. */
export async function measureEffects(
  setting: AblationSetting,
  sae: Sae,
  planned: readonly PlannedEdits[],
  cleanMetrics: ReadonlyMap<Target, number>,
): Promise<MetricRow[]> {
  const { k } = setting.study.ablation;
  const lists = planned.map(({ target, protocol, edits }) => {
    return { target, protocol, zeroed: edits.ablated.slice(0, k) };
  });
  const edited = lists.filter(({ zeroed }) => zeroed.length > 0);
  const readings = edited.map(({ target, zeroed }) =>
    readingOf(setting, target, zeroAblate(setting.reader, sae, zeroed)),
  );
  const metrics = await measureMetric(setting.reader, sae.outputHook, readings);
  const editedMetrics = new Map(edited.map((list, i) => [list, metrics[i]!]));
  return lists.map((list) => {
    const { target, protocol, zeroed } = list;
    const clean = cleanMetrics.get(target)!;
    return {
      sample_id: target.list.sample_id,
      sae_id: sae.id,
      protocol,
      k,
      n_edits: zeroed.length,
      predicted: 0 - zeroed.reduce((sum, { attribution }) => sum + attribution!, 0),
      measured: (editedMetrics.get(list) ?? clean) - clean,
    };
  });
}

/** How well attribution predicts the measured effect, over the lists in which at least one feature is zeroed. */
export const qualityRows = (rows: readonly MetricRow[], saeId: string): QualityRow[] =>
  PROTOCOLS.map((protocol) => {
    const edited = rows.filter((row) => row.protocol === protocol && row.n_edits > 0);
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

/** A hook for readings that have no additions. */
const ANY_HOOK = 'blocks.0.hook_resid_post';

const readingOf = (
  { pair }: AblationSetting,
  { list, metricPos }: Target,
  additions: EditedReading['additions'],
): EditedReading => ({ ids: list.token_ids, metricPos, pair, additions });

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
