import { type FeatureRow, readFeatures } from '../../interp/active-features.ts';
import type { Sae } from '../../sae/sae.ts';
import { keyedRandom } from '../../stats/random.ts';
import { readingOf } from '../entropy/reading.ts';
import { type AlignedPositions, alignPositions } from './aligned-positions.ts';
import { drawRandom } from './controls.ts';
import {
  cellOf,
  changes,
  type Edit,
  type Editable,
  type Intervention,
  mostAttributed,
  type PlannedEdits,
  substituted,
  zeroed,
} from './edits.ts';
import type { PoolOf } from './pools.ts';
import type { AblationSetting } from './setting.ts';
import { type Split, splitTopics } from './splits.ts';
import type { Target } from './target.ts';

const ARMS = {
  zero: ['held-out', 'held-out-random'],
  swap: ['held-out-substituted', 'held-out-random-substituted'],
} as const;

/** A feature at an aligned position, and its mean attribution over the lists that it was chosen on. */
interface Chosen {
  readonly at: number;
  readonly feature: number;
  readonly attribution: number;
}

/** The features of one split, by intervention. */
type Choice = Readonly<Record<Intervention, readonly Chosen[]>>;

/**
 * Edits of features that were chosen on the lists of other topics, with random features in the same places as controls.
 *
 * 1. Split the topics into halves, several times.
 * 2. On one half, rank pairs of feature and aligned position by mean attribution; a list in which a pair is not among the
 *    most attributed counts as 0.
 * 3. In every list of the other half, edit the first k where they are active, whatever that list's own ranking.
 */
export async function heldOutEdits(
  setting: AblationSetting,
  sae: Sae,
  targets: readonly Target[],
  poolOf: PoolOf,
): Promise<PlannedEdits[]> {
  const { k, splits } = setting.study.ablation;
  const positions = alignPositions(targets);
  const choices = splitTopics(targets, splits, setting.study.seed).map((split) => ({
    split,
    choice: {
      zero: choose(split, 'zero', { poolOf, positions, k }),
      swap: choose(split, 'swap', { poolOf, positions, k }),
    },
  }));
  const active = await readPlaces(setting, sae, targets, { choices, positions });
  return choices.flatMap(({ split, choice }) =>
    split.testedOn.flatMap((target) =>
      plan({ setting, sae, split, target, choice, positions, active: active.get(target)! }),
    ),
  );
}

interface Choosing {
  readonly poolOf: PoolOf;
  readonly positions: AlignedPositions;
  readonly k: number;
}

function choose(
  { chosenOn }: Split,
  kind: Intervention,
  { poolOf, positions, k }: Choosing,
): Chosen[] {
  const sums = new Map<string, Chosen>();
  for (const target of chosenOn) {
    const most = mostAttributed(poolOf(target, 'from-prompt', kind), MOST);
    for (const { pos, feature, attribution } of most) {
      const at = positions.name(target, pos);
      const sum = sums.get(`${at} ${feature}`)?.attribution ?? 0;
      sums.set(`${at} ${feature}`, { at, feature, attribution: sum + attribution! });
    }
  }
  return [...sums.values()]
    .sort((a, b) => b.attribution - a.attribution || a.at - b.at || a.feature - b.feature)
    .slice(0, k)
    .map((chosen) => ({ ...chosen, attribution: chosen.attribution / chosenOn.length }));
}

/** Features of each list that count towards the choice. */
const MOST = 20;

type ActiveAt = Readonly<Record<'clean' | 'swapped', FeatureRow['active']>>;

/** What is active in each list at the positions that any split edits, under either word. */
async function readPlaces(
  { study, reader, form }: AblationSetting,
  sae: Sae,
  targets: readonly Target[],
  {
    choices,
    positions,
  }: {
    readonly choices: readonly { readonly choice: Choice }[];
    readonly positions: AlignedPositions;
  },
): Promise<Map<Target, ActiveAt>> {
  const names = new Set(
    choices.flatMap(({ choice }) => [...choice.zero, ...choice.swap].map(({ at }) => at)),
  );
  const readingsOf = (condition: 'clean' | 'corrupted') =>
    targets.map((target) => ({
      ids: readingOf(target.list, condition, study.templates, form).ids.slice(
        0,
        target.list.n_prompt_tokens,
      ),
      positions: [...names].flatMap((name) => positions.find(target, name) ?? []),
    }));
  const clean = await readFeatures(reader, sae, readingsOf('clean'));
  const swapped = await readFeatures(reader, sae, readingsOf('corrupted'));
  return new Map(
    targets.map((target, i) => [target, { clean: clean[i]!.active, swapped: swapped[i]!.active }]),
  );
}

interface Planning {
  readonly setting: AblationSetting;
  readonly sae: Sae;
  readonly split: Split;
  readonly target: Target;
  readonly choice: Choice;
  readonly positions: AlignedPositions;
  readonly active: ActiveAt;
}

/** The edits of one list under one split: both interventions, each beside its control. */
function plan(planning: Planning): PlannedEdits[] {
  const { setting, sae, split, target, choice, positions, active } = planning;
  const pools = { zero: zeroed(active.clean), swap: substituted(active.clean, active.swapped) };
  return (['zero', 'swap'] as const).flatMap((kind) => {
    const all = pools[kind].map((edit): Editable => ({ ...edit, attribution: null }));
    const edits = editsOf(choice[kind], all, (at) => positions.find(target, at));
    const places = new Set(edits.map(({ pos }) => pos));
    const pool = all.filter(({ pos }) => places.has(pos));
    const key = `held-out random ${kind} ${target.list.sample_id} ${sae.id} ${split.index}`;
    const random = keyedRandom(setting.study.seed, key);
    const [arm, control] = ARMS[kind];
    const common = {
      target,
      protocol: 'from-prompt',
      draw: split.index,
      nPool: pool.length,
    } as const;
    return [
      { ...common, arm, edits },
      { ...common, arm: control, edits: drawRandom({ edits, pool, random }) },
    ];
  });
}

/** The chosen features that can be changed in a list. */
function editsOf(
  chosen: readonly Chosen[],
  pool: readonly Editable[],
  find: (at: number) => number | null,
): Edit[] {
  const editables = new Map(pool.filter(changes).map((editable) => [cellOf(editable), editable]));
  return chosen.flatMap(({ at, feature, attribution }, i) => {
    const pos = find(at);
    const editable = pos === null ? undefined : editables.get(cellOf({ pos, feature }));
    return editable === undefined ? [] : [{ ...editable, attribution, rank: i + 1 }];
  });
}
