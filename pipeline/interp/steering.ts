import { Graph, type Value } from '../graph/builder.ts';
import { square } from '../graph/functions.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import { concat, gather, reduceSum, reshape, sqrt } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { int64 } from '../graph/tensor.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { floats } from '../runtime/outputs.ts';
import { openSession, type Session } from '../runtime/session.ts';
import { type Reader, type Sequence, type SequencesExtent, sequenceBatches } from './reader.ts';

/** A sequence, and the positions where its residual stream is looked at. */
export interface ResidualReading extends Sequence {
  readonly positions: readonly number[];
}

/** What steering leads away from, and what it leads towards. */
export interface Contrast {
  readonly from: readonly ResidualReading[];
  readonly toward: readonly ResidualReading[];
}

export interface SteeringVector {
  /** [d_model]: the difference, made as long as `residualNorm`, so that strengths of all layers and models compare. */
  readonly vector: Float32Array;
  /** Length of the difference itself. */
  readonly differenceNorm: number;
  /** Mean length of the residual stream at the positions that steering leads away from. */
  readonly residualNorm: number;
}

/** The residual stream after a layer, where its steering vector is taken and added. */
export const steeringHook = (layer: number): string => `blocks.${layer}.hook_resid_post`;

/**
 * A steering vector for every layer: the mean residual at the positions that it leads towards, less the mean at those
 * that it leads away from. One forward pass a sequence gives every layer's.
 *
 * Source: Rimsky et al. (2024), arXiv 2312.06681, section 3 (there the mean of paired differences, which is the same).
 *
 * @returns [layer]
 * @throws where a side of the contrast has no positions, one is outside its sequence, or the sides do not differ
 */
export async function steeringVectors(
  reader: Reader,
  { from, toward }: Contrast,
): Promise<SteeringVector[]> {
  for (const readings of [from, toward]) checkReadings(readings);
  await using session = await openSession(residualGraph(reader.model), reader);
  const away = await meanResiduals(reader, session, from);
  const means = await meanResiduals(reader, session, toward);
  return means.map((mean, layer) => vectorOf(mean.resid, away[layer]!, layer));
}

function checkReadings(readings: readonly ResidualReading[]): void {
  if (readings.every(({ positions }) => positions.length === 0))
    throw new Error('no positions to average: give at least one on each side of the contrast');
  for (const { ids, positions } of readings)
    for (const pos of positions)
      if (!(pos >= 0 && pos < ids.length))
        throw new Error(`residual at position ${pos}: the sequence has ${ids.length} tokens`);
}

function vectorOf(toward: Float64Array, { resid, norm }: MeanResidual, layer: number) {
  const difference = toward.map((x, i) => x - resid[i]!);
  const differenceNorm = Math.hypot(...difference);
  if (differenceNorm === 0)
    throw new Error(`contrast without a difference at layer ${layer}: give sides that differ`);
  const vector = Float32Array.from(difference, (x) => (x * norm) / differenceNorm);
  return { vector, differenceNorm, residualNorm: norm };
}

/** The residual streams after all layers at N places, summed over these, and their lengths. */
export function residualGraph(model: Model): Graph {
  const { nLayers, dModel } = model.dims;
  const graph = new Graph();
  forward(model, graph);
  const places = graph.input('places', 'int64', ['N']);
  const streams = Array.from({ length: nLayers }, (_, layer) =>
    gather(reshape(graph.find(steeringHook(layer)), [product(['B', 'T']), dModel]), places),
  );
  const sums = (of: (resid: Value) => Value) =>
    concat(
      streams.map((resid) => reduceSum(of(resid), [0])),
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

/** @param positions the most that are read of a sequence, all of a batch taken together */
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
  norm: number;
}

/** Of every layer, over the positions of all sequences. */
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
  const looked = readings.filter(({ positions }) => positions.length > 0);
  for (const { sequences, batch } of sequenceBatches(reader, looked)) {
    const places = batch.indices(sequences.map(({ positions }) => positions));
    const outputs = await session.run({ ...batch.feeds, places: int64(places, [places.length]) });
    const [resid, norm] = [floats(outputs, 'resid'), floats(outputs, 'norm')];
    means.forEach((mean, layer) => {
      mean.norm += norm[layer]! / n;
      for (let i = 0; i < dModel; i++) mean.resid[i]! += resid[layer * dModel + i]! / n;
    });
  }
  return means;
}
