import { readFeatures } from '../../interp/active-features.ts';
import type { Sae } from '../../sae/sae.ts';
import type { EditRow } from '../../schema/ablation-edits.ts';
import type { MetricRow } from '../../schema/ablation-metric.ts';
import { plainRuns, runsOf } from './arms.ts';
import { protocolsOf } from './conditions.ts';
import { editRow, type PlannedEdits } from './edits.ts';
import { measureEffects } from './forced-metric.ts';
import { heldOutEdits } from './held-out.ts';
import { listEdits } from './list-edits.ts';
import { metricRows } from './metric-rows.ts';
import { movesMetric } from './moves-metric.ts';
import type { Outcome, Run } from './outcome.ts';
import type { PoolOf } from './pools.ts';
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
  readonly poolOf: PoolOf;
  /** The metric of every list without an edit. */
  readonly cleanMetrics: ReadonlyMap<Target, number>;
}

/** Run every arm of one SAE on every list: choose features, measure the metric, and write the lists. */
export async function ablateSae(
  setting: AblationSetting,
  sae: Sae,
  { targets, poolOf, cleanMetrics }: SaeAblationInputs,
): Promise<SaeAblations> {
  const { k } = setting.study.ablation;
  const planned = [
    ...listEdits(setting, sae, targets, poolOf),
    ...(await heldOutEdits(setting, sae, targets, poolOf)),
  ];
  const metric = metricRows(sae.id, await measureEffects(setting, sae, planned, cleanMetrics), k);
  const isWritten = isWrittenFor(setting, movesMetric(metric, targets, setting.study));
  const written = planned
    .filter(isWritten)
    .map((plan) => ({ plan, runs: runsOf(setting, sae, plan) }))
    .filter(({ runs }) => runs.length > 0);
  const runs = [
    ...(await unchangedRuns(setting, sae, targets)),
    ...written.flatMap((lists) => lists.runs),
  ];
  return {
    outcomes: await writeLists(setting, runs, `lists of ${sae.id}`, sae.outputHook),
    edits: written.flatMap(({ plan }) => plan.edits.map((edit) => editRow(sae.id, plan, edit))),
    metric,
  };
}

/**
 * Which edits are written as lists: all where the SAE moves the metric beyond its control; otherwise, in a study that says
 * so, those of the first list of each topic.
 */
const isWrittenFor =
  ({ study: { ablation } }: AblationSetting, moves: boolean) =>
  ({ target }: PlannedEdits): boolean =>
    moves || ablation.others !== 'first lists' || target.list.replicate === 0;

/** The first list of each topic, without features edited. */
async function unchangedRuns(
  { study, reader }: AblationSetting,
  sae: Sae,
  targets: readonly Target[],
): Promise<Run[]> {
  const protocols = protocolsOf(study.ablation);
  const firsts = targets.filter(({ list }) => list.replicate === 0);
  const readings = firsts.map(({ list, kept }) => ({
    ids: list.token_ids.slice(0, Math.max(...protocols.map((protocol) => kept[protocol]))),
    positions: [],
  }));
  const features = await readFeatures(reader, sae, readings);
  return protocols.flatMap((protocol) =>
    firsts.flatMap((target, i) => plainRuns(sae, target, protocol, features[i]!)),
  );
}
