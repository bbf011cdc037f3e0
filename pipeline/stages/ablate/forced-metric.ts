import { type EditedReading, measureMetric } from '../../interp/measured-metric.ts';
import { setFeatures } from '../../interp/set-features.ts';
import type { Sae } from '../../sae/sae.ts';
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

/** Edits, and how they change the metric of their list, whose tokens stay (teacher-forced). */
export interface MeasuredEdits {
  readonly planned: PlannedEdits;
  /** The study's k features at most. */
  readonly nEdits: number;
  /** Sum of their attributions with the sign of the change; null where one was not attributed to this end. */
  readonly predicted: number | null;
  readonly measured: number;
}

/** How editing the study's k features changes the metric of each list. */
export async function measureEffects(
  setting: AblationSetting,
  sae: Sae,
  all: readonly PlannedEdits[],
  cleanMetrics: ReadonlyMap<Target, number>,
): Promise<MeasuredEdits[]> {
  const { k } = setting.study.ablation;
  const first = all.map(({ edits }) => edits.filter(({ rank }) => rank === null || rank <= k));
  const edited = [...all.keys()].filter((i) => first[i]!.length > 0);
  const readings = edited.map((i) =>
    readingOf(setting, all[i]!.target, setFeatures(setting.reader, sae, first[i]!)),
  );
  const metrics = await measureMetric(setting.reader, sae.outputHook, readings, (done) =>
    setting.progress(done, readings.length, `edits of ${sae.id}`),
  );
  const metricOf = new Map(edited.map((i, at) => [i, metrics[at]!]));
  return all.map((planned, i) => {
    const clean = cleanMetrics.get(planned.target)!;
    return {
      planned,
      nEdits: first[i]!.length,
      predicted: predictedChange(first[i]!),
      measured: (metricOf.get(i) ?? clean) - clean,
    };
  });
}

/**
 * Attribution is what a value adds to the metric over the one that it is set to; of a change that is scaled, the prediction
 * would be, too, and is not made.
 */
function predictedChange(edits: PlannedEdits['edits']): number | null {
  if (edits.some(({ rank, attribution }) => rank === null || attribution === null)) return null;
  return 0 - edits.reduce((sum, { attribution }) => sum + attribution!, 0);
}

/** A hook for readings that have no additions. */
const ANY_HOOK = 'blocks.0.hook_resid_post';

const readingOf = (
  { pair }: AblationSetting,
  { list, metricPos }: Target,
  additions: EditedReading['additions'],
): EditedReading => ({ ids: list.token_ids, metricPos, pair, additions });
