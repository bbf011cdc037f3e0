import { Graph, type Value } from '../graph/builder.ts';
import { square } from '../graph/functions.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import { concat, reshape } from '../graph/layout.ts';
import { gather, reduceSum, sqrt } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { int64 } from '../graph/tensor.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { floats } from '../runtime/outputs.ts';
import { openSession, type Session } from '../runtime/session.ts';
import { type Reader, type Sequence, type SequencesExtent, sequenceBatches } from './reader.ts';

/** A sequence, and the positions whose residual stream is averaged. */
export interface ResidualReading extends Sequence {
  readonly positions: readonly number[];
}

/** The two sides of a steering vector: it points from the mean residual of `from` to that of `toward`. */
export interface Contrast {
  readonly from: readonly ResidualReading[];
  readonly toward: readonly ResidualReading[];
}

export interface SteeringVector {
  /**
   * [d_model]: the difference of means, rescaled to `residualNorm`, so that strengths are comparable between layers.
   */
  readonly vector: Float32Array;
  /** L2 norm of the difference of means. */
  readonly differenceNorm: number;
  /** Mean L2 norm of the residual stream at the positions of `from`. */
  readonly residualNorm: number;
}

/** The hook of a layer at which its steering vector is computed and added. */
export const steeringHook = (layer: number): string => `blocks.${layer}.hook_resid_post`;

/**
 * A steering vector for every layer: the mean residual stream over the positions of `toward`, minus the mean over those
 * of `from`. One forward pass per sequence serves all layers.
 *
 * Source: Rimsky et al. (2024), arXiv 2312.06681, section 3 (there the mean of paired differences, which is the same).
 *
 * @returns [layer]
 * @throws where a side of the contrast has no positions, a position is outside its sequence, or the means are equal
 */
export async function steeringVectors(
  reader: Reader,
  { from, toward }: Contrast,
): Promise<SteeringVector[]> {
  for (const readings of [from, toward]) checkReadings(readings);
  await using session = await openSession(residualGraph(reader.model), reader);
  const fromMeans = await meanResiduals(reader, session, from);
  const towardMeans = await meanResiduals(reader, session, toward);
  return towardMeans.map(({ resid }, layer) => steeringVector(resid, fromMeans[layer]!, layer));
}

function checkReadings(readings: readonly ResidualReading[]): void {
  if (readings.every(({ positions }) => positions.length === 0))
    throw new Error('no positions to average: give at least one on each side of the contrast');
  for (const { ids, positions } of readings)
    for (const pos of positions)
      if (!(pos >= 0 && pos < ids.length))
        throw new Error(
          `residual at position ${pos}, but the sequence has ${ids.length} tokens: use a smaller position`,
        );
}

function steeringVector(
  toward: Float64Array,
  { resid, norm }: MeanResidual,
  layer: number,
): SteeringVector {
  const difference = toward.map((x, i) => x - resid[i]!);
  const differenceNorm = Math.hypot(...difference);
  if (differenceNorm === 0)
    throw new Error(`both sides have the same mean at layer ${layer}: give sides that differ`);
  const vector = Float32Array.from(difference, (x) => (x * norm) / differenceNorm);
  return { vector, differenceNorm, residualNorm: norm };
}

/**
 * Outputs, summed over N positions: the residual stream after each layer, `resid` [nLayers, d_model], and its L2 norm,
 * `norm` [nLayers, 1]. Input `places` int64 [N]: the positions in the flattened batch.
 */
export function residualGraph(model: Model): Graph {
  const { nLayers, dModel } = model.dims;
  const graph = new Graph();
  forward(model, graph);
  const rows = graph.input('places', 'int64', ['N']);
  const streams = Array.from({ length: nLayers }, (_, layer) =>
    gather(reshape(graph.find(steeringHook(layer)), [product(['B', 'T']), dModel]), rows),
  );
  const sums = (map: (resid: Value) => Value) =>
    concat(
      streams.map((resid) => reduceSum(map(resid), [0])),
      0,
    );
  graph.output(
    'resid', // [nLayers, d_model]
    sums((resid) => resid),
  );
  graph.output(
    'norm', // [nLayers, 1]
    sums((resid) => sqrt(reduceSum(square(resid), [-1]))),
  );
  return graph;
}

/** @param positions largest mean number of positions per sequence of a batch */
export const residualUse = (
  model: Model,
  { tokens, sequences, positions }: SequencesExtent & { readonly positions: number },
): GraphUse =>
  limitBatch(sequences, {
    name: 'residuals',
    graph: () => residualGraph(model),
    sizes: (B) => ({ B, T: tokens, N: Math.ceil(B * positions) }),
  });

interface MeanResidual {
  /** [d_model] */
  readonly resid: Float64Array;
  /** Mean L2 norm. */
  norm: number;
}

/** [layer]: means over the positions of all sequences. */
async function meanResiduals(
  reader: Reader,
  session: Session,
  readings: readonly ResidualReading[],
): Promise<MeanResidual[]> {
  const { nLayers, dModel } = reader.model.dims;
  const n = readings.reduce((sum, { positions }) => sum + positions.length, 0);
  const means = Array.from({ length: nLayers }, (): MeanResidual => {
    return { resid: new Float64Array(dModel), norm: 0 };
  });
  const withPositions = readings.filter(({ positions }) => positions.length > 0);
  for (const { sequences, batch } of sequenceBatches(reader, withPositions)) {
    const rows = batch.indices(sequences.map(({ positions }) => positions));
    const outputs = await session.run({ ...batch.feeds, places: int64(rows, [rows.length]) });
    const [resid, norm] = [floats(outputs, 'resid'), floats(outputs, 'norm')];
    means.forEach((mean, layer) => {
      mean.norm += norm[layer]! / n;
      for (let i = 0; i < dModel; i++) mean.resid[i]! += resid[layer * dModel + i]! / n;
    });
  }
  return means;
}
