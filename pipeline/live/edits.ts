import { int64 } from '../graph/tensor.ts';
import { type ActiveFeature, type FeatureEdit, setFeatures } from '../interp/set-features.ts';
import { padLeft } from '../runtime/batch.ts';
import type { Addition } from '../runtime/intervention.ts';
import { floats } from '../runtime/outputs.ts';
import type { Sae, SaeParams } from '../sae/sae.ts';
import { keyedRandom } from '../stats/random.ts';
import type { RunGraph } from './write-lists.ts';

export type { ActiveFeature };

/** An SAE whose features are edited. */
export type EditedSae = Pick<Sae, 'id' | 'dSae' | 'params'>;

/** A feature, and the multiple of its activation that it is set to. */
export interface FeatureFactor {
  readonly feature: number;
  readonly factor: number;
}

/**
 * The features that are active at some positions of a prompt.
 * @param run of the graph of `featureGraph`
 */
export async function activeFeatures(
  run: RunGraph,
  { dSae, params }: EditedSae,
  { ids, positions }: { readonly ids: readonly number[]; readonly positions: readonly number[] },
): Promise<ActiveFeature[]> {
  if (positions.length === 0) return []; // no tensor may be empty
  const { feeds } = padLeft([ids]);
  const rows = int64(positions, [positions.length]);
  const acts = floats(await run({ ...feeds, ...feedsOf(params), rows }, ['acts']), 'acts');
  return positions.flatMap((pos, i) =>
    [...acts.subarray(i * dSae, (i + 1) * dSae)].flatMap((featureAct, feature) =>
      featureAct > 0 ? [{ pos, feature, featureAct }] : [],
    ),
  );
}

/** The additions that set features to multiples of their activations, where they are active. */
export function additionsOf(
  active: readonly ActiveFeature[],
  factors: readonly FeatureFactor[],
  { sae, uncounted }: { readonly sae: EditedSae; readonly uncounted: number },
): Addition[] {
  const factorOf = new Map(factors.map(({ feature, factor }) => [feature, factor]));
  const edits = active.flatMap((cell): FeatureEdit[] => {
    const factor = factorOf.get(cell.feature) ?? 1;
    return factor === 1 ? [] : [{ ...cell, value: factor * cell.featureAct }];
  });
  return setFeatures({ uncounted }, sae, edits);
}

/**
 * Features drawn at random from those that are active and not among the given ones.
 * @param key determines the draw, together with the seed
 */
export function randomFeatures(
  active: readonly ActiveFeature[],
  { others, n }: { readonly others: readonly number[]; readonly n: number },
  { seed, key }: { readonly seed: number; readonly key: string },
): number[] {
  const random = keyedRandom(seed, key);
  const candidates = [...new Set(active.map(({ feature }) => feature))]
    .filter((feature) => !others.includes(feature))
    .sort((a, b) => a - b);
  return candidates
    .map((feature) => ({ feature, place: random() }))
    .sort((a, b) => a.place - b.place)
    .slice(0, n)
    .map(({ feature }) => feature);
}

const feedsOf = (params: SaeParams) => ({ ...params });
