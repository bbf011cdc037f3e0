import { Graph } from '../graph/builder.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import { mul } from '../graph/ops.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { floats, output } from '../runtime/outputs.ts';
import { openSession } from '../runtime/session.ts';
import { encode, saeInputs } from '../sae/jump-relu.ts';
import { checkHooks, type Sae, type SaeFile, type SaeSpec } from '../sae/sae.ts';
import { selectFeatures } from '../sae/select-features.ts';
import { type Reader, type Sequence, type SequencesExtent, sequenceBatches } from './reader.ts';
import { type SaeDims, SaeSessions, shapesOf } from './sae-sessions.ts';

/** Some features of an SAE. */
export interface ChosenFeatures {
  readonly sae: SaeFile;
  readonly features: readonly number[];
}

/** What some features of one SAE do in one sequence. */
export interface ActivationRow {
  readonly sae: SaeSpec;
  /** Which of the sequences. */
  readonly sequence: number;
  /** [length · features], by position; 0 where positions count nowhere. */
  readonly acts: Float32Array;
}

export interface ActivationOptions {
  readonly onRow: (row: ActivationRow) => void;
  readonly onProgress?: (done: number) => void;
}

/**
 * Read some features of many SAEs over whole sequences. One forward a batch gives every hook; of each SAE only the
 * chosen features are encoded, so that what comes back is as small as what was asked for.
 *
 * @throws `feature 400: SAE res_3 has 384: …`
 */
export async function featureActivations(
  reader: Reader,
  chosen: readonly ChosenFeatures[],
  sequences: readonly Sequence[],
  { onRow, onProgress }: ActivationOptions,
): Promise<void> {
  // The few features of each are kept: they are small, and a release is not.
  const selected: Sae[] = [];
  for (const { sae, features } of chosen) selected.push(selectFeatures(await sae.load(), features));
  await using hooks = await openSession(hookGraph(reader.model, selected), reader);
  await using encoders = new SaeSessions(reader, encoderGraph);
  let done = 0;
  for (const { batch, indices } of sequenceBatches(reader, sequences)) {
    const activations = await hooks.run(batch.feeds);
    const counted = batch.mask(reader.uncounted);
    for (const sae of selected) {
      const encoder = await encoders.of(sae);
      const x = output(activations, sae.hook);
      const acts = floats(await encoder.run({ ...sae.params, x, counted }), 'acts');
      indices.forEach((sequence, row) => {
        onRow({ sae, sequence, acts: batch.unpadded(acts, row, { width: sae.dSae }) });
      });
    }
    done += indices.length;
    onProgress?.(done);
  }
}

/** The activations that SAEs read. */
export function hookGraph(model: Model, saes: readonly SaeSpec[]): Graph {
  const graph = new Graph();
  forward(model, graph);
  for (const sae of saes) checkHooks(sae, graph);
  for (const hook of new Set(saes.map(({ hook }) => hook))) graph.output(hook, graph.find(hook));
  return graph;
}

/** One SAE's activations, 0 at padding and where positions count nowhere. */
export function encoderGraph(dims: SaeDims): Graph {
  const graph = new Graph();
  const weights = saeInputs(graph, dims);
  const x = graph.input('x', 'float32', ['B', 'T', dims.dIn]);
  const counted = graph.input('counted', 'float32', ['B', 'T', 1]);
  graph.output('acts', mul(encode(weights, x), counted));
  return graph;
}

/** The model's graph, and one of each shape of SAE, as if all its features were chosen. */
export function activationUses(
  model: Model,
  saes: readonly SaeSpec[],
  { tokens, sequences }: SequencesExtent,
): GraphUse[] {
  const sizes = (B: number) => ({ B, T: tokens });
  const uses: GraphUse[] = [
    { name: 'model', graph: () => hookGraph(model, saes), sizes },
    ...shapesOf(saes).map((sae) => ({ name: sae.id, graph: () => encoderGraph(sae), sizes })),
  ];
  return uses.map((use) => limitBatch(sequences, use));
}
