import { Graph } from '../graph/builder.ts';
import { gather, neg, reshape } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { int64 } from '../graph/tensor.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { type Batch, batchesByLength, padLeft } from '../runtime/batch.ts';
import type { Addition } from '../runtime/intervention.ts';
import { type Fetches, openSession, type Provider } from '../runtime/session.ts';
import { saeInputs, sparseActivation } from '../sae/jump-relu.ts';
import { checkFit, type Sae, type SaeSpec } from '../sae/sae.ts';
import type { ActiveFeature } from './zero-ablation.ts';

/** A sequence, and the positions where every active feature is wanted. */
export interface FeatureReading {
  readonly ids: readonly number[];
  readonly positions: readonly number[];
}

export interface FeatureRow {
  /** At the reading's positions, in their order, then by feature. */
  readonly active: readonly ActiveFeature[];
  /** x̂ − x, at every position but BOS: what puts the reconstruction in the activation's place. */
  readonly reconstruction: readonly Addition[];
}

export interface FeatureOptions {
  readonly provider: Provider;
  readonly batchSize: number;
}

/**
 * Read sequences through one SAE. The model runs no further than the SAE's hooks, in the same graph as the SAE:
 * an activation never leaves it whole.
 */
export async function readFeatures(
  model: Model,
  sae: Sae,
  readings: readonly FeatureReading[],
  { provider, batchSize }: FeatureOptions,
): Promise<FeatureRow[]> {
  const session = await openSession(featureGraph(model, sae), { provider });
  const rows = new Array<FeatureRow>(readings.length);
  const lengths = readings.map(({ ids }) => ids.length);
  try {
    for (const indices of batchesByLength(lengths, batchSize)) {
      const part = indices.map((i) => readings[i]!);
      const batch = padLeft(part.map(({ ids }) => ids));
      const places = part.flatMap(({ positions }, row) =>
        positions.map((pos) => row * batch.length + batch.pads[row]! + pos),
      );
      const asked = places.length === 0 ? [0] : places; // no tensor may be empty
      const found = await session.run({
        ...sae.params,
        ...batch.feeds,
        rows: int64(asked, [asked.length]),
      });
      rowsOf(part, batch, found, sae).forEach((row, n) => {
        rows[indices[n]!] = row;
      });
    }
  } finally {
    await session.release();
  }
  return rows;
}

/** Features at the asked places, and what the reconstruction changes everywhere. */
export function featureGraph(model: Model, sae: SaeSpec): Graph {
  const graph = new Graph();
  forward(model, graph);
  checkFit(sae, graph);
  const weights = saeInputs(graph, sae);
  const x = graph.find(sae.hook);
  const { featureActs, errorTerm } = sparseActivation(weights, x, graph.find(sae.outputHook));
  const places = graph.input('rows', 'int64', ['N']);
  graph.output('acts', gather(reshape(featureActs, [product(['B', 'T']), sae.dSae]), places));
  graph.output('delta', neg(errorTerm));
  return graph;
}

function rowsOf(
  part: readonly FeatureReading[],
  { length, pads }: Batch,
  found: Fetches,
  { dSae, params }: Sae,
): FeatureRow[] {
  const width = params.W_dec.dims[1]!;
  const [acts, deltas] = [found.acts!.data as Float32Array, found.delta!.data as Float32Array];
  let place = 0;
  return part.map(({ ids, positions }, row) => ({
    active: positions.flatMap((pos) => {
      const at = place++ * dSae;
      return activeIn(acts.subarray(at, at + dSae), pos);
    }),
    reconstruction: Array.from({ length: ids.length - 1 }, (_, i) => {
      const at = (row * length + pads[row]! + i + 1) * width;
      return { pos: i + 1, delta: deltas.subarray(at, at + width) };
    }),
  }));
}

function activeIn(acts: Float32Array, pos: number): ActiveFeature[] {
  const active: ActiveFeature[] = [];
  acts.forEach((featureAct, feature) => {
    if (featureAct > 0) active.push({ pos, feature, featureAct });
  });
  return active;
}
