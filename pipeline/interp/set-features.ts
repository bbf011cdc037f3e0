import type { Addition } from '../runtime/intervention.ts';
import type { Sae } from '../sae/sae.ts';
import type { Reader } from './reader.ts';

/** A feature that is active at a position. */
export interface ActiveFeature {
  readonly pos: number;
  readonly feature: number;
  readonly featureAct: number;
}

/** A feature at a position, and the value that it is set to. */
export interface FeatureEdit extends ActiveFeature {
  readonly value: number;
}

/**
 * The additions at an SAE's output hook that set features to other values and keep the error term. At each position they
 * are `Σ (value − featureActs[f]) · W_dec[f]`. A feature that is listed twice at one position is set once.
 *
 * @throws `feature 400: SAE res_3 has 384: …`, or where a position is uncounted, because SAEs are not trained on BOS
 */
export function setFeatures(
  { uncounted }: Pick<Reader, 'uncounted'>,
  { id, dSae, params: { W_dec } }: Pick<Sae, 'id' | 'dSae' | 'params'>,
  edits: readonly FeatureEdit[],
): Addition[] {
  const width = W_dec.dims[1]!;
  const deltas = new Map<number, Float32Array>();
  for (const { pos, feature, featureAct, value } of withoutDuplicates(edits)) {
    if (!(feature >= 0 && feature < dSae))
      throw new Error(`feature ${feature}: SAE ${id} has ${dSae}: use a smaller index`);
    if (pos < uncounted)
      throw new Error(
        `feature ${feature} at the uncounted position ${pos}: edit from position ${uncounted} on`,
      );
    const delta = deltas.get(pos) ?? new Float32Array(width);
    deltas.set(pos, delta);
    for (let i = 0; i < width; i++)
      delta[i]! += (value - featureAct) * W_dec.data[feature * width + i]!;
  }
  return [...deltas].map(([pos, delta]) => ({ pos, delta }));
}

const withoutDuplicates = (edits: readonly FeatureEdit[]): FeatureEdit[] => [
  ...new Map(edits.map((edit) => [`${edit.pos} ${edit.feature}`, edit])).values(),
];
