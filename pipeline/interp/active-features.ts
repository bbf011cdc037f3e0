import { Graph } from '../graph/builder.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import { reshape } from '../graph/layout.ts';
import { gather, neg } from '../graph/ops.ts';
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
import type { ActiveFeature } from './set-features.ts';

/** A sequence, and the positions whose active features are returned. */
export interface FeatureReading extends Sequence {
  readonly positions: readonly number[];
}

export interface FeatureRow {
  /** Active features at the reading's positions: in the order of the positions, then by index of the feature. */
  readonly active: readonly ActiveFeature[];
  /** x̂ − x at every counted position: adding it replaces the activation by its reconstruction. */
  readonly reconstruction: readonly Addition[];
}

/**
 * The active features and the reconstruction error of one SAE on every sequence. Model and SAE run in one graph, so
 * that activations [B, T, d] are not copied to the host; the layers after the SAE's hooks do not run.
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
      const indices = batch.indices(sequences.map(({ positions }) => positions));
      const rows = indices.length === 0 ? [0] : indices; // no tensor may be empty
      return { ...sae.params, rows: int64(rows, [rows.length]) };
    },
    rows: (outputs, batch) => featureRows(reader, sae, outputs, batch),
  });

/** Outputs: `acts` [N, d_sae], feature activations at N positions; `delta` [B, T, d_out], x̂ − x at every position. */
export function featureGraph(model: Model, sae: SaeSpec): Graph {
  const graph = new Graph();
  forward(model, graph);
  checkHooks(sae, graph);
  const weights = saeInputs(graph, sae);
  const x = graph.find(sae.hook);
  const { featureActs, errorTerm } = sparseActivation(weights, x, graph.find(sae.outputHook));
  const rows = graph.input('rows', 'int64', ['N']);
  graph.output('acts', gather(reshape(featureActs, [product(['B', 'T']), sae.dSae]), rows));
  graph.output('delta', neg(errorTerm));
  return graph;
}

/** @param positions largest number of a reading's positions */
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
  let nRead = 0; // rows of `acts`: the positions of all readings, in order
  const nextActive = (pos: number): ActiveFeature[] => {
    const start = nRead++ * dSae;
    return activeIn(acts.subarray(start, start + dSae), pos);
  };
  return sequences.map(({ ids, positions }, row) => {
    const ofSequence = batch.unpadded(deltas, row, { width: dOut });
    return {
      active: positions.flatMap(nextActive),
      reconstruction: [...ids.keys()].slice(uncounted).map((pos) => {
        return { pos, delta: ofSequence.subarray(pos * dOut, (pos + 1) * dOut) };
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
