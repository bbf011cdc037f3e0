import { type FeatureRow, readFeatures } from '../../interp/active-features.ts';
import type { Sae } from '../../sae/sae.ts';
import { PROTOCOLS } from '../../schema/ablation-columns.ts';
import type { EditRow } from '../../schema/ablation-edits.ts';
import type { MetricRow } from '../../schema/ablation-metric.ts';
import { keyedRandom } from '../../stats/random.ts';
import { armsOf, dosesOf } from './arms.ts';
import {
  type Attribution,
  type Edits,
  editRow,
  matchAtRandom,
  mostAttributed,
  type PlannedEdits,
} from './edits.ts';
import type { Outcome } from './outcome.ts';
import { measureEffects } from './prediction.ts';
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
  /** Attributions to the SAE's features, from which the zeroed ones are chosen. */
  readonly candidates: readonly Attribution[];
  /** The metric of every list without an edit. */
  readonly cleanMetrics: ReadonlyMap<Target, number>;
}

/** Run every arm of one SAE on every list: choose features, write the lists, and measure the metric. */
export async function ablateSae(
  setting: AblationSetting,
  sae: Sae,
  { targets, candidates, cleanMetrics }: SaeAblationInputs,
): Promise<SaeAblations> {
  const chosen = chooseFeatures(setting, targets, candidates);
  const features = await readChosenPositions(setting, sae, chosen);
  const featuresOf = ({ target }: ChosenFeatures) => features.get(target)!;
  const planned = chosen.map((list) => addRandomControls(setting, sae, list, featuresOf(list)));
  const runs = planned.flatMap((list) => armsOf(setting, sae, list, features.get(list.target)!));
  return {
    outcomes: await writeLists(setting, runs, sae.outputHook),
    edits: planned.flatMap((list) => editRows(list, sae.id)),
    metric: await measureEffects(setting, sae, planned, cleanMetrics),
  };
}

/** The features to zero in one list under one protocol, before the random controls are drawn. */
type ChosenFeatures = Omit<PlannedEdits, 'edits'> & Pick<Edits, 'ablated'>;

/** The most attributed features of each list and protocol, up to its largest dose. */
function chooseFeatures(
  { study }: AblationSetting,
  targets: readonly Target[],
  candidates: readonly Attribution[],
): ChosenFeatures[] {
  const candidatesOf = Map.groupBy(candidates, ({ sample_id }) => sample_id);
  return targets.flatMap((target) => {
    const rows = candidatesOf.get(target.list.sample_id) ?? [];
    const largestDose = Math.max(...dosesOf(target, study.ablation));
    return PROTOCOLS.map((protocol) => {
      return { target, protocol, ablated: mostAttributed(rows, protocol).slice(0, largestDose) };
    });
  });
}

/**
 * The features that are active at the positions where the study's k features are zeroed. The prompt is part of the
 * prefix, and attention is causal: one forward pass serves both protocols.
 */
async function readChosenPositions(
  { study, reader }: AblationSetting,
  sae: Sae,
  chosen: readonly ChosenFeatures[],
): Promise<Map<Target, FeatureRow>> {
  const byTarget = [...Map.groupBy(chosen, ({ target }) => target)];
  const readings = byTarget.map(([{ list, kept }, protocols]) => {
    const edited = protocols.flatMap(({ ablated }) => ablated.slice(0, study.ablation.k));
    return {
      ids: list.token_ids.slice(0, kept.continue),
      positions: [...new Set(edited.map(({ pos }) => pos))],
    };
  });
  const rows = await readFeatures(reader, sae, readings);
  return new Map(byTarget.map(([target], i) => [target, rows[i]!]));
}

/** Draw the random control of one list: as many other active features as the study's k. */
function addRandomControls(
  { study }: AblationSetting,
  sae: Sae,
  { target, protocol, ablated }: ChosenFeatures,
  { active }: FeatureRow,
): PlannedEdits {
  const key = `random features ${target.list.sample_id} ${sae.id} ${protocol}`;
  const matched = ablated.slice(0, study.ablation.k);
  const random = matchAtRandom(matched, active, keyedRandom(study.seed, key));
  return { target, protocol, edits: { ablated, random } };
}

const editRows = ({ target, protocol, edits }: PlannedEdits, sae_id: string): EditRow[] =>
  (['ablated', 'random'] as const).flatMap((arm) => {
    const key = { sample_id: target.list.sample_id, sae_id, protocol, arm };
    return edits[arm].map((edit) => editRow(key, edit));
  });
