import { Graph } from '../graph/builder.ts';
import { mul } from '../graph/ops.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { afterBos, padLeft } from '../runtime/batch.ts';
import { openSession, type Provider } from '../runtime/session.ts';
import { encode, saeInputs } from '../sae/jump-relu.ts';
import { checkFit, type Sae, type SaeFile, type SaeSpec } from '../sae/sae.ts';
import { selectFeatures } from '../sae/select-features.ts';
import { type SaeDims, saeSessions } from './sae-sessions.ts';

/** Some features of an SAE. */
export interface ChosenFeatures {
  readonly sae: SaeFile;
  readonly features: readonly number[];
}

export interface ActivationOptions {
  readonly provider: Provider;
  readonly batchSize: number;
  readonly onProgress?: (done: number) => void;
}

/**
 * Read some features of many SAEs over whole sequences. One forward a batch gives every hook; of each SAE only the
 * chosen features are encoded, so that what comes back is as small as what was asked for.
 *
 * @param found receives, for each SAE and sequence, `[length · features]` activations by position; 0 at BOS
 * @throws `feature 400: SAE res_3 has 384: …`
 */
export async function featureActivations(
  model: Model,
  chosen: readonly ChosenFeatures[],
  sequences: readonly (readonly number[])[],
  { provider, batchSize, onProgress }: ActivationOptions,
  found: (sae: SaeSpec, sequence: number, acts: Float32Array) => void,
): Promise<void> {
  // The few features of each are kept: they are small, and a release is not.
  const selected: Sae[] = [];
  for (const { sae, features } of chosen) selected.push(selectFeatures(await sae.load(), features));
  const hooks = await openSession(hookGraph(model, selected), { provider });
  const encoders = saeSessions(encoderGraph, provider);
  try {
    for (let start = 0; start < sequences.length; start += batchSize) {
      const batch = padLeft(sequences.slice(start, start + batchSize));
      const at = await hooks.run(batch.feeds);
      const counted = afterBos(batch);
      for (const sae of selected) {
        const session = await encoders.of(sae);
        const { acts } = await session.run({ ...sae.params, x: at[sae.hook]!, counted });
        const all = acts!.data as Float32Array;
        for (let row = 0; row < batch.rows; row++) {
          const [from, to] = [row * batch.length + batch.pads[row]!, (row + 1) * batch.length];
          found(sae, start + row, all.subarray(from * sae.dSae, to * sae.dSae));
        }
      }
      onProgress?.(start + batch.rows);
    }
  } finally {
    await hooks.release();
    await encoders.release();
  }
}

/** The activations that SAEs read. */
export function hookGraph(model: Model, saes: readonly SaeSpec[]): Graph {
  const graph = new Graph();
  forward(model, graph);
  for (const sae of saes) checkFit(sae, graph);
  for (const hook of new Set(saes.map(({ hook }) => hook))) graph.output(hook, graph.find(hook));
  return graph;
}

/** One SAE's activations, 0 at BOS and padding. */
export function encoderGraph(dims: SaeDims): Graph {
  const graph = new Graph();
  const weights = saeInputs(graph, dims);
  const x = graph.input('x', 'float32', ['B', 'T', dims.dIn]);
  const counted = graph.input('counted', 'float32', ['B', 'T', 1]);
  graph.output('acts', mul(encode(weights, x), counted));
  return graph;
}
