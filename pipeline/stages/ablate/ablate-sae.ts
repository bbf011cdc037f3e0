import { type FeatureRow, readFeatures } from '../../interp/active-features.ts';
import type { Sae } from '../../sae/sae.ts';
import { PROTOCOLS } from '../../schema/ablation-columns.ts';
import type { EditRow } from '../../schema/ablation-edits.ts';
import type { MetricRow } from '../../schema/ablation-metric.ts';
import { keyedRandom } from '../../stats/random.ts';
import { armsOf, dosesOf } from './arms.ts';
import { type Attribution, editRow, matchAtRandom, mostAttributed } from './edits.ts';
import type { Outcome } from './outcome.ts';
import { measureEffects, type Planned } from './prediction.ts';
import type { Target } from './target.ts';
import { type Setting, writeLists } from './write-lists.ts';

/** Everything that is done with one SAE. */
export interface AblatedSae {
  readonly outcomes: readonly Outcome[];
  readonly edits: readonly EditRow[];
  readonly metric: readonly MetricRow[];
}

/** The lists, and what is known of them before. */
export interface Ablatable {
  readonly targets: readonly Target[];
  /** Attributions to features of the SAE, among which are those that are zeroed. */
  readonly candidates: readonly Attribution[];
  /** The metric of every list as it is. */
  readonly clean: ReadonlyMap<Target, number>;
}

export async function ablateSae(
  at: Setting,
  sae: Sae,
  { targets, candidates, clean }: Ablatable,
): Promise<AblatedSae> {
  const chosen = choose(at, targets, candidates);
  const features = await featuresOf(at, sae, chosen);
  const planned = chosen.map((of) => plan(at, sae, of, features.get(of.target)!));
  const runs = planned.flatMap((of) => armsOf(at, sae, of, features.get(of.target)!));
  return {
    outcomes: await writeLists(at, runs, sae.outputHook),
    edits: planned.flatMap((of) => editRows(of, sae.id)),
    metric: await measureEffects(at, sae, planned, clean),
  };
}

type Chosen = Omit<Planned, 'edits'> & Pick<Planned['edits'], 'ablated'>;

/** What is zeroed of each list, as many as its greatest dose. */
function choose(
  { study }: Setting,
  targets: readonly Target[],
  candidates: readonly Attribution[],
): Chosen[] {
  const rowsOf = Map.groupBy(candidates, ({ sample_id }) => sample_id);
  return targets.flatMap((target) => {
    const rows = rowsOf.get(target.list.sample_id) ?? [];
    const most = Math.max(...dosesOf(target, study.ablation));
    return PROTOCOLS.map((protocol) => {
      return { target, protocol, ablated: mostAttributed(rows, protocol).slice(0, most) };
    });
  });
}

/**
 * What is active where the study's k features are zeroed. A prompt is the beginning of its prefix, and no position
 * sees a later one: one reading serves both protocols.
 */
async function featuresOf(
  { study, reader }: Setting,
  sae: Sae,
  chosen: readonly Chosen[],
): Promise<Map<Target, FeatureRow>> {
  const byTarget = [...Map.groupBy(chosen, ({ target }) => target)];
  const readings = byTarget.map(([{ list, kept }, of]) => {
    const edited = of.flatMap(({ ablated }) => ablated.slice(0, study.ablation.k));
    return {
      ids: list.token_ids.slice(0, kept.continue),
      positions: [...new Set(edited.map(({ pos }) => pos))],
    };
  });
  const rows = await readFeatures(reader, sae, readings);
  return new Map(byTarget.map(([target], i) => [target, rows[i]!]));
}

function plan(
  { study }: Setting,
  sae: Sae,
  { target, protocol, ablated }: Chosen,
  { active }: FeatureRow,
): Planned {
  const key = `random features ${target.list.sample_id} ${sae.id} ${protocol}`;
  const replaced = ablated.slice(0, study.ablation.k);
  const random = matchAtRandom(replaced, active, keyedRandom(study.seed, key));
  return { target, protocol, edits: { ablated, random } };
}

const editRows = ({ target, protocol, edits }: Planned, sae_id: string): EditRow[] =>
  (['ablated', 'random'] as const).flatMap((arm) => {
    const key = { sample_id: target.list.sample_id, sae_id, protocol, arm };
    return edits[arm].map((edit) => editRow(key, edit));
  });
