import { type EditedReading, measureMetric } from '../../interp/measured-metric.ts';
import { setFeatures } from '../../interp/set-features.ts';
import type { Sae } from '../../sae/sae.ts';
import {
  EDIT_ARMS,
  type EditArm,
  PROTOCOLS,
  type Protocol,
} from '../../schema/ablation-columns.ts';
import type { MetricRow } from '../../schema/ablation-metric.ts';
import type { QualityRow } from '../../schema/prediction-quality.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { rankCorrelation } from '../../stats/rank-correlation.ts';
import type { Edit, PlannedEdits } from './edits.ts';
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

/** The edits of one arm in one list under one protocol. */
interface ArmEdits {
  readonly target: Target;
  readonly protocol: Protocol;
  readonly arm: EditArm;
  readonly edits: readonly Edit[];
}

/** How editing the study's k features changes the metric of each list (teacher-forced), and what attribution predicts. */
export async function measureEffects(
  setting: AblationSetting,
  sae: Sae,
  planned: readonly PlannedEdits[],
  cleanMetrics: ReadonlyMap<Target, number>,
): Promise<MetricRow[]> {
  const { k } = setting.study.ablation;
  const lists = planned.flatMap(({ target, protocol, edits }) =>
    EDIT_ARMS.map((arm): ArmEdits => ({ target, protocol, arm, edits: edits[arm].slice(0, k) })),
  );
  const edited = lists.filter(({ edits }) => edits.length > 0);
  const readings = edited.map(({ target, edits }) =>
    readingOf(setting, target, setFeatures(setting.reader, sae, edits)),
  );
  const metrics = await measureMetric(setting.reader, sae.outputHook, readings);
  const editedMetrics = new Map(edited.map((list, i) => [list, metrics[i]!]));
  return lists.map((list) => {
    const { target, protocol, arm, edits } = list;
    const clean = cleanMetrics.get(target)!;
    return {
      sample_id: target.list.sample_id,
      sae_id: sae.id,
      protocol,
      arm,
      k,
      n_edits: edits.length,
      predicted: CONTROLS[arm] === undefined ? null : predictedChange(edits),
      measured: (editedMetrics.get(list) ?? clean) - clean,
    };
  });
}

/** Attribution is what the edited features add to the metric. */
const predictedChange = (edits: readonly Edit[]): number =>
  0 - edits.reduce((sum, { attribution }) => sum + attribution!, 0);

/** The control of each arm whose features are chosen by attribution. */
const CONTROLS: Readonly<Partial<Record<EditArm, EditArm>>> = {
  ablated: 'random',
  substituted: 'random-substituted',
};

/**
 * Whether an SAE's edits of the prompt change the metric beyond their control: the interval of the mean difference between
 * them, over lists with topics as clusters, excludes 0 for zeroing or for substitution.
 */
export function movesMetric(
  rows: readonly MetricRow[],
  targets: readonly Target[],
  settings: IntervalSettings,
): boolean {
  const ofPrompt = rows.filter(({ protocol }) => protocol === 'from-prompt');
  const topicOf = new Map(targets.map(({ list }) => [list.sample_id, list.topic]));
  return Object.entries(CONTROLS).some(([arm, control]) => {
    const measuredOf = new Map(
      ofPrompt.filter((row) => row.arm === control).map((row) => [row.sample_id, row.measured]),
    );
    const edited = ofPrompt.filter((row) => row.arm === arm);
    if (edited.length === 0) return false;
    const { ci_low, ci_high } = clusterMean(
      {
        rows: edited,
        value: ({ sample_id, measured }) => measured - measuredOf.get(sample_id)!,
        cluster: ({ sample_id }) => topicOf.get(sample_id),
      },
      `moves metric ${edited[0]!.sae_id} ${arm}`,
      settings,
    );
    return ci_low > 0 || ci_high < 0;
  });
}

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

/** A hook for readings that have no additions. */
const ANY_HOOK = 'blocks.0.hook_resid_post';

const readingOf = (
  { pair }: AblationSetting,
  { list, metricPos }: Target,
  additions: EditedReading['additions'],
): EditedReading => ({ ids: list.token_ids, metricPos, pair, additions });

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
