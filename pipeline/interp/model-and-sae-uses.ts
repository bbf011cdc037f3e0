import type { Graph } from '../graph/builder.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import type { SaeSpec } from '../sae/sae.ts';
import type { SequencesExtent } from './reader.ts';
import { deepestOfEachShape } from './sae-sessions.ts';

interface Graphs {
  readonly model: () => Graph;
  readonly sae: (spec: SaeSpec) => Graph;
}

/** How a method's graphs are used that runs the model's graph, and then one graph for each shape of SAE. */
export function modelAndSaeUses(
  saes: readonly SaeSpec[],
  { tokens, sequences }: SequencesExtent,
  { model, sae }: Graphs,
): GraphUse[] {
  const sizes = (B: number) => ({ B, T: tokens });
  const uses: GraphUse[] = [
    { name: 'model', graph: model, sizes },
    ...deepestOfEachShape(saes).map((spec) => ({ name: spec.id, graph: () => sae(spec), sizes })),
  ];
  return uses.map((use) => limitBatch(sequences, use));
}
