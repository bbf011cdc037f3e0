import type { Transcoders } from '../../interp/circuit/linear-view.ts';
import type { LayerGate } from '../../interp/circuit/spliced-model.ts';
import type { Sae } from '../../sae/sae.ts';
import type { GraphAverageNodeRow } from '../../schema/graph-average.ts';
import { keyedRandom } from '../../stats/random.ts';

/** A feature at every position. */
export interface CircuitFeature {
  readonly layer: number;
  readonly feature: number;
}

/** The features of the average graph by their influence, summed over places, the most influential first. */
export function circuitFeatures(nodes: readonly GraphAverageNodeRow[]): CircuitFeature[] {
  const byFeature = Map.groupBy(
    nodes.filter(({ feature_id }) => feature_id !== null),
    ({ feature_id }) => feature_id!,
  );
  const influence = (rows: readonly GraphAverageNodeRow[]) =>
    rows.reduce((sum, row) => sum + row.influence, 0);
  return [...byFeature]
    .sort(([a, ofA], [b, ofB]) => influence(ofB) - influence(ofA) || (a < b ? -1 : 1))
    .map(([id, [row]]) => ({
      layer: row!.layer,
      feature: Number(id.slice(id.lastIndexOf('_') + 1)),
    }));
}

/**
 * As many random features of the same layers: active in some list, and not among the chosen.
 * @param means [layer][d_sae]: mean activations, 0 for features that are never active
 */
export function randomLike(
  chosen: readonly CircuitFeature[],
  means: readonly (Float32Array | null)[],
  random: { readonly seed: number; readonly key: string },
): CircuitFeature[] {
  const draw = keyedRandom(random.seed, random.key);
  const taken = new Set(chosen.map(({ layer, feature }) => `${layer} ${feature}`));
  return chosen.flatMap(({ layer }) => {
    const others = [...means[layer]!.keys()].filter(
      (feature) => means[layer]![feature]! > 0 && !taken.has(`${layer} ${feature}`),
    );
    if (others.length === 0) return [];
    const feature = others[Math.floor(draw() * others.length)]!;
    taken.add(`${layer} ${feature}`);
    return [{ layer, feature }];
  });
}

/** The gates that remove some features, or keep them alone; what is not kept is set to its mean. */
export function gatesOf(
  transcoders: Transcoders<Sae>,
  means: readonly (Float32Array | null)[],
  features: readonly CircuitFeature[],
  are: 'kept' | 'removed',
): (LayerGate | null)[] {
  const gates = transcoders.map(
    (coder, layer): LayerGate | null =>
      coder && {
        keep: new Float32Array(coder.dSae).fill(are === 'kept' ? 0 : 1),
        rest: means[layer]!,
      },
  );
  for (const { layer, feature } of features) gates[layer]!.keep[feature] = are === 'kept' ? 1 : 0;
  return gates;
}
