import { Graph } from '../graph/builder.ts';
import type { GraphUse } from '../graph/graph-use.ts';
import { mul } from '../graph/ops.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { floats, output } from '../runtime/outputs.ts';
import { openSession } from '../runtime/session.ts';
import { encode, saeInputs } from '../sae/jump-relu.ts';
import { checkHooks, type Sae, type SaeFile, type SaeSpec } from '../sae/sae.ts';
import { checkFeatures, selectFeatures } from '../sae/select-features.ts';
import { modelAndSaeUses } from './model-and-sae-uses.ts';
import { type Reader, type Sequence, type SequencesExtent, sequenceBatches } from './reader.ts';
import { type SaeDims, SaeSessions } from './sae-sessions.ts';

/** Some features of an SAE. */
export interface ChosenFeatures {
  readonly sae: SaeFile;
  readonly features: readonly number[];
}

/** Activations of the chosen features of one SAE on one sequence. */
export interface ActivationRow {
  /** The SAE with the chosen features only. */
  readonly sae: SaeSpec;
  /** Index of the sequence. */
  readonly sequence: number;
  /** [length, features]; 0 at uncounted positions. */
  readonly acts: Float32Array;
}

export interface ActivationOptions {
  readonly onRow: (row: ActivationRow) => void;
  /** @param done number of sequences */
  readonly onProgress?: (done: number) => void;
}

/**
 * Activations of some features of many SAEs, at every position of every sequence. One forward pass per batch computes
 * the values of all hooks; of each SAE only the chosen features are encoded, where they do not depend on the others.
 *
 * @throws `feature 400: SAE res_3 has 384: …`
 */
export async function featureActivations(
  reader: Reader,
  chosen: readonly ChosenFeatures[],
  sequences: readonly Sequence[],
  { onRow, onProgress }: ActivationOptions,
): Promise<void> {
  if (chosen.length === 0) return; // a graph has at least one output
  const encoders: Encoder[] = [];
  for (const each of chosen) encoders.push(await encoderOf(each));
  const specs = encoders.map(({ sae }) => sae);
  await using hooks = await openSession(hookGraph(reader.model, specs), reader);
  await using sessions = new SaeSessions(reader, encoderGraph);
  let done = 0;
  for (const { batch, indices } of sequenceBatches(reader, sequences)) {
    const activations = await hooks.run(batch.feeds);
    const counted = batch.mask(reader.uncounted);
    for (const { sae, load, columns } of encoders) {
      const encoder = await load();
      const session = await sessions.sessionFor(encoder);
      const x = output(activations, sae.hook);
      const all = floats(await session.run({ ...encoder.params, x, counted }), 'acts');
      const acts = columns ? pickColumns(all, encoder.dSae, columns) : all;
      indices.forEach((sequence, row) => {
        onRow({ sae, sequence, acts: batch.unpadded(acts, row, { width: sae.dSae }) });
      });
    }
    done += indices.length;
    onProgress?.(done);
  }
}

/** How the chosen features of an SAE are encoded. */
interface Encoder {
  /** The SAE with the chosen features only. */
  readonly sae: SaeSpec;
  /** What is encoded with. */
  readonly load: () => Promise<Sae>;
  /** Which of its features are the chosen ones; null where it has no others. */
  readonly columns: readonly number[] | null;
}

/**
 * Whole SAEs may not fit in memory together; the selected features do. With TopK each depends on all others: the whole SAE is
 * loaded for every batch.
 */
async function encoderOf({ sae: file, features }: ChosenFeatures): Promise<Encoder> {
  if (file.k === undefined) {
    const sae = selectFeatures(await file.load(), features);
    return { sae, load: async () => sae, columns: null };
  }
  checkFeatures(file, features);
  return { sae: { ...file, dSae: features.length }, load: () => file.load(), columns: features };
}

/** [rows, columns] of [rows, width]. */
function pickColumns(
  values: Float32Array,
  width: number,
  columns: readonly number[],
): Float32Array {
  const n = columns.length;
  const picked = new Float32Array((values.length / width) * n);
  for (let i = 0; i < picked.length; i++)
    picked[i] = values[Math.floor(i / n) * width + columns[i % n]!]!;
  return picked;
}

/** Outputs: the values of the hooks that the SAEs read, each under the hook's name. */
export function hookGraph(model: Model, saes: readonly SaeSpec[]): Graph {
  const graph = new Graph();
  forward(model, graph);
  for (const sae of saes) checkHooks(sae, graph);
  for (const hook of new Set(saes.map(({ hook }) => hook))) graph.output(hook, graph.find(hook));
  return graph;
}

/** Output `acts` [B, T, d_sae]: an SAE's feature activations, multiplied by the mask `counted` [B, T, 1]. */
export function encoderGraph(dims: SaeDims): Graph {
  const graph = new Graph();
  const weights = saeInputs(graph, dims);
  const x = graph.input('x', 'float32', ['B', 'T', dims.dIn]);
  const counted = graph.input('counted', 'float32', ['B', 'T', 1]);
  graph.output('acts', mul(encode(weights, x), counted));
  return graph;
}

/** The model's graph, and one encoder graph for each shape of SAE, planned for all of its features. */
export function activationUses(
  model: Model,
  saes: readonly SaeSpec[],
  extent: SequencesExtent,
): GraphUse[] {
  return modelAndSaeUses(saes, extent, { model: () => hookGraph(model, saes), sae: encoderGraph });
}
