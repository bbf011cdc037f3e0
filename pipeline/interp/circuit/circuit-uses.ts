import type { GraphUse, Sizes } from '../../graph/graph-use.ts';
import type { Model } from '../../models/model.ts';
import type { SaeSpec } from '../../sae/sae.ts';
import { splitGraph } from './active-layer.ts';
import type { Transcoders } from './linear-view.ts';
import { removalGraph } from './removal-graph.ts';
import { activeAxis, responseGraph } from './response-graph.ts';
import { valuesGraph } from './sequence-values.ts';
import { spliceGraph } from './splice-graph.ts';

/** Active features at one position of one layer that memory is planned for: several times those of published transcoders. */
const MOST_ACTIVE = 512;

/**
 * The graphs that trace and test circuits.
 * @param tokens of the longest sequence
 */
export function circuitUses(model: Model, transcoders: Transcoders, tokens: number): GraphUse[] {
  const { nLayers } = model.dims;
  const coders = transcoders.filter((coder): coder is SaeSpec => coder !== null);
  const active: Sizes = Object.fromEntries(
    coders.map(({ layer, dSae }) => [activeAxis(layer), Math.min(dSae, MOST_ACTIVE)]),
  );
  const batch = (B: number): Sizes => ({ B, T: tokens, ...active });
  return [
    {
      name: 'values',
      graph: () => valuesGraph(model, transcoders).graph,
      sizes: () => ({ B: 1, T: tokens }),
    },
    ...coders.slice(-1).map(
      (coder): GraphUse => ({
        name: 'features',
        graph: () => splitGraph(coder),
        sizes: () => ({ B: 1, T: tokens }),
      }),
    ),
    { name: 'terms', graph: () => responseGraph(model, transcoders, nLayers), sizes: batch },
    {
      name: 'node taken away',
      graph: () => removalGraph(model, transcoders, 'patterns'),
      sizes: batch,
    },
    {
      name: 'edge taken away',
      graph: () => removalGraph(model, transcoders, 'mlps'),
      sizes: batch,
    },
    { name: 'features kept', graph: () => spliceGraph(model, transcoders), sizes: batch },
  ];
}
