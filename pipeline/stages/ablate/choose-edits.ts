import { type FeatureRow, readFeatures } from '../../interp/active-features.ts';
import type { Sae } from '../../sae/sae.ts';
import type { Protocol } from '../../schema/ablation-columns.ts';
import type { SwapAttributionRow } from '../../schema/swap-attributions.ts';
import { keyedRandom } from '../../stats/random.ts';
import { readingOf } from '../entropy/reading.ts';
import { dosesOf, protocolsOf } from './arms.ts';
import {
  type Attribution,
  type Edit,
  matchAtRandom,
  mostAttributed,
  mostSwapped,
  type PlannedEdits,
  substituted,
  zeroed,
} from './edits.ts';
import type { AblationSetting } from './setting.ts';
import type { Target } from './target.ts';

/** What the edited features of one SAE are chosen from. */
export interface Candidates {
  readonly attributions: readonly Attribution[];
  readonly swaps: readonly SwapAttributionRow[];
}

/** The edits of every list and protocol, and what was read of each list. */
export interface ChosenEdits {
  readonly planned: readonly PlannedEdits[];
  readonly featuresOf: ReadonlyMap<Target, FeatureRow>;
}

/** Choose the features of one SAE that are edited in each list under each protocol, and draw their random controls. */
export async function chooseEdits(
  setting: AblationSetting,
  sae: Sae,
  targets: readonly Target[],
  candidates: Candidates,
): Promise<ChosenEdits> {
  const chosen = chooseFeatures(setting, targets, candidates);
  const read = await readChosenPositions(setting, sae, chosen);
  const planned = chosen.map((list) => {
    const { clean, swapped } = read.get(list.target)!;
    const control = (arm: 'ablated' | 'substituted', from: ReturnType<typeof zeroed>) => {
      const kind = arm === 'ablated' ? 'random features' : 'random substitutes';
      const key = `${kind} ${list.target.list.sample_id} ${sae.id} ${list.protocol}`;
      const { k } = setting.study.ablation;
      return matchAtRandom(list[arm].slice(0, k), from, keyedRandom(setting.study.seed, key));
    };
    const edits = {
      ablated: list.ablated,
      random: control('ablated', zeroed(clean.active)),
      substituted: list.substituted,
      'random-substituted': control('substituted', substituted(clean.active, swapped.active)),
    };
    return { target: list.target, protocol: list.protocol, edits };
  });
  const featuresOf = new Map([...read].map(([target, { clean }]) => [target, clean]));
  return { planned, featuresOf };
}

/** The features to edit in one list under one protocol, before the random controls are drawn. */
interface ChosenFeatures {
  readonly target: Target;
  readonly protocol: Protocol;
  readonly ablated: readonly Edit[];
  readonly substituted: readonly Edit[];
}

/** The first features of each list and protocol: zeroed up to its largest dose, substituted up to the study's k. */
function chooseFeatures(
  { study }: AblationSetting,
  targets: readonly Target[],
  { attributions, swaps }: Candidates,
): ChosenFeatures[] {
  const attributionsOf = Map.groupBy(attributions, ({ sample_id }) => sample_id);
  const swapsOf = Map.groupBy(swaps, ({ sample_id }) => sample_id);
  return targets.flatMap((target) => {
    const { sample_id } = target.list;
    const largestDose = Math.max(...dosesOf(target, study.ablation));
    return protocolsOf(study.ablation).map((protocol) => ({
      target,
      protocol,
      ablated: mostAttributed(attributionsOf.get(sample_id) ?? [], protocol).slice(0, largestDose),
      substituted: mostSwapped(swapsOf.get(sample_id) ?? [], protocol).slice(0, study.ablation.k),
    }));
  });
}

interface ReadFeatures {
  readonly clean: FeatureRow;
  /** After the prompt with its qualifier swapped. */
  readonly swapped: FeatureRow;
}

/**
 * The features that are active at the positions where the study's k features are edited. The prompt is part of the
 * prefix, and attention is causal: one forward pass serves both protocols.
 */
async function readChosenPositions(
  { study, reader, form }: AblationSetting,
  sae: Sae,
  chosen: readonly ChosenFeatures[],
): Promise<Map<Target, ReadFeatures>> {
  const byTarget = [...Map.groupBy(chosen, ({ target }) => target)];
  const positionsOf = (protocols: readonly ChosenFeatures[]) => {
    const k = ({ ablated, substituted }: ChosenFeatures) => [
      ...ablated.slice(0, study.ablation.k),
      ...substituted,
    ];
    return [...new Set(protocols.flatMap(k).map(({ pos }) => pos))];
  };
  const readings = byTarget.map(([{ list, kept }, protocols]) => {
    const end = Math.max(...protocols.map(({ protocol }) => kept[protocol]));
    return {
      ids: list.token_ids.slice(0, end),
      swappedIds: readingOf(list, 'corrupted', study.templates, form).ids.slice(0, end),
      positions: positionsOf(protocols),
    };
  });
  const clean = await readFeatures(reader, sae, readings);
  const swapped = await readFeatures(
    reader,
    sae,
    readings.map(({ swappedIds, positions }) => ({ ids: swappedIds, positions })),
  );
  return new Map(
    byTarget.map(([target], i) => [target, { clean: clean[i]!, swapped: swapped[i]! }]),
  );
}
