import type { Addition } from '../runtime/intervention.ts';
import type { Sae } from '../sae/sae.ts';
import type { Reader } from './reader.ts';

/** A feature that is active at a position. */
export interface ActiveFeature {
  readonly pos: number;
  readonly feature: number;
  readonly featureAct: number;
}

/**
 * The additions at an SAE's output hook that zero-ablate features and keep the error term. At each position they are
 * `−Σ featureActs[f] · W_dec[f]`. A feature that is listed twice at one position is ablated once.
 *
 * Source: Marks et al. (2024), arXiv 2403.19647, section 3.1 (the intervention whose effect attribution estimates).
 *
 * @throws `feature 400: SAE res_3 has 384: …`, or where a position is uncounted, because SAEs are not trained on BOS
 */
export function zeroAblate(
  { uncounted }: Pick<Reader, 'uncounted'>,
  { id, dSae, params: { W_dec } }: Pick<Sae, 'id' | 'dSae' | 'params'>,
  features: readonly ActiveFeature[],
): Addition[] {
  const width = W_dec.dims[1]!;
  const deltas = new Map<number, Float32Array>();
  for (const { pos, feature, featureAct } of withoutDuplicates(features)) {
    if (!(feature >= 0 && feature < dSae))
      throw new Error(`feature ${feature}: SAE ${id} has ${dSae}: use a smaller index`);
    if (pos < uncounted)
      throw new Error(
        `feature ${feature} at the uncounted position ${pos}: ablate from position ${uncounted} on`,
      );
    const delta = deltas.get(pos) ?? new Float32Array(width);
    deltas.set(pos, delta);
    for (let i = 0; i < width; i++) delta[i]! -= featureAct * W_dec.data[feature * width + i]!;
  }
  return [...deltas].map(([pos, delta]) => ({ pos, delta }));
}

const withoutDuplicates = (features: readonly ActiveFeature[]): ActiveFeature[] => [
  ...new Map(features.map((active) => [`${active.pos} ${active.feature}`, active])).values(),
];
