import { Graph } from '../graph/builder.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import { gather, neg, reshape } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { int64 } from '../graph/tensor.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import type { Addition } from '../runtime/intervention.ts';
import { floats } from '../runtime/outputs.ts';
import type { Fetches } from '../runtime/session.ts';
import { saeInputs, sparseActivation } from '../sae/jump-relu.ts';
import { checkHooks, type Sae, type SaeSpec } from '../sae/sae.ts';
import {
  type Reader,
  readRows,
  type Sequence,
  type SequenceBatch,
  type SequencesExtent,
} from './reader.ts';
import type { ActiveFeature } from './zero-ablation.ts';

/** A sequence, and the positions where every active feature is wanted. */
export interface FeatureReading extends Sequence {
  readonly positions: readonly number[];
}

export interface FeatureRow {
  /** At the reading's positions, in their order, then by feature. */
  readonly active: readonly ActiveFeature[];
  /** x̂ − x, at every position that counts: what puts the reconstruction in the activation's place. */
  readonly reconstruction: readonly Addition[];
}

/**
 * Read sequences through one SAE. The model runs no further than the SAE's hooks, in the same graph as the SAE:
 * an activation never leaves it whole.
 */
export const readFeatures = (
  reader: Reader,
  sae: Sae,
  readings: readonly FeatureReading[],
): Promise<FeatureRow[]> =>
  readRows(reader, readings, {
    graph: featureGraph(reader.model, sae),
    order: 'by length',
    feeds: ({ sequences, batch }) => {
      const places = batch.indices(sequences.map(({ positions }) => positions));
      const asked = places.length === 0 ? [0] : places; // no tensor may be empty
      return { ...sae.params, rows: int64(asked, [asked.length]) };
    },
    rows: (outputs, batch) => featureRows(reader, sae, outputs, batch),
  });

/** Features at the asked places, and what the reconstruction changes everywhere. */
export function featureGraph(model: Model, sae: SaeSpec): Graph {
  const graph = new Graph();
  forward(model, graph);
  checkHooks(sae, graph);
  const weights = saeInputs(graph, sae);
  const x = graph.find(sae.hook);
  const { featureActs, errorTerm } = sparseActivation(weights, x, graph.find(sae.outputHook));
  const places = graph.input('rows', 'int64', ['N']);
  graph.output('acts', gather(reshape(featureActs, [product(['B', 'T']), sae.dSae]), places));
  graph.output('delta', neg(errorTerm));
  return graph;
}

/** @param positions the most of a sequence at which features are wanted */
export const featureUse = (
  model: Model,
  sae: SaeSpec,
  { tokens, sequences, positions }: SequencesExtent & { readonly positions: number },
): GraphUse =>
  limitBatch(sequences, {
    name: `${sae.id} features`,
    graph: () => featureGraph(model, sae),
    sizes: (B) => ({ B, T: tokens, N: B * positions }),
  });

function featureRows(
  { uncounted }: Reader,
  { dSae, dOut }: Sae,
  outputs: Fetches,
  { sequences, batch }: SequenceBatch<FeatureReading>,
): FeatureRow[] {
  const [acts, deltas] = [floats(outputs, 'acts'), floats(outputs, 'delta')];
  let place = 0;
  const activeAt = (pos: number): ActiveFeature[] => {
    const start = place++ * dSae;
    return activeIn(acts.subarray(start, start + dSae), pos);
  };
  return sequences.map(({ ids, positions }, row) => {
    const changes = batch.unpadded(deltas, row, { width: dOut });
    return {
      active: positions.flatMap(activeAt),
      reconstruction: [...ids.keys()].slice(uncounted).map((pos) => {
        return { pos, delta: changes.subarray(pos * dOut, (pos + 1) * dOut) };
      }),
    };
  });
}

function activeIn(acts: Float32Array, pos: number): ActiveFeature[] {
  const active: ActiveFeature[] = [];
  acts.forEach((featureAct, feature) => {
    if (featureAct > 0) active.push({ pos, feature, featureAct });
  });
  return active;
}
