import type { Sae } from '../../sae/sae.ts';
import { EDIT_ARMS } from '../../schema/ablation-columns.ts';
import type { EditRow } from '../../schema/ablation-edits.ts';
import type { MetricRow } from '../../schema/ablation-metric.ts';
import { armsOf, furtherArmsOf } from './arms.ts';
import { type Candidates, chooseEdits } from './choose-edits.ts';
import { editRow, type PlannedEdits } from './edits.ts';
import { measureEffects, movesMetric } from './forced-metric.ts';
import { furtherDraws } from './further-draws.ts';
import type { Outcome } from './outcome.ts';
import type { AblationSetting } from './setting.ts';
import type { Target } from './target.ts';
import { writeLists } from './write-lists.ts';

/** What the ablations of one SAE give. */
export interface SaeAblations {
  readonly outcomes: readonly Outcome[];
  readonly edits: readonly EditRow[];
  readonly metric: readonly MetricRow[];
}

export interface SaeAblationInputs {
  readonly targets: readonly Target[];
  readonly candidates: Candidates;
  /** The metric of every list without an edit. */
  readonly cleanMetrics: ReadonlyMap<Target, number>;
}

/** Run every arm of one SAE on every list: choose features, measure the metric, and write the lists. */
export async function ablateSae(
  setting: AblationSetting,
  sae: Sae,
  { targets, candidates, cleanMetrics }: SaeAblationInputs,
): Promise<SaeAblations> {
  const { planned, featuresOf } = await chooseEdits(setting, sae, targets, candidates);
  const metric = await measureEffects(setting, sae, planned, cleanMetrics);
  const further = furtherDraws(targets, movesMetric(metric, targets, setting.study), setting.study);
  const runs = planned.flatMap((list) => [
    ...armsOf(setting, sae, list, featuresOf.get(list.target)!),
    ...furtherArmsOf(setting, sae, list, further.get(list.target) ?? 0),
  ]);
  return {
    outcomes: await writeLists(setting, runs, sae.outputHook),
    edits: planned.flatMap((list) => editRows(list, sae.id)),
    metric,
  };
}

const editRows = ({ target, protocol, edits }: PlannedEdits, sae_id: string): EditRow[] =>
  EDIT_ARMS.flatMap((arm) => {
    const key = { sample_id: target.list.sample_id, sae_id, protocol, arm };
    return edits[arm].map((edit) => editRow(key, edit));
  });
