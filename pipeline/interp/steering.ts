import { Graph, type Value } from '../graph/builder.ts';
import { square } from '../graph/functions.ts';
import { concat, gather, reduceSum, reshape, sqrt } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { int64 } from '../graph/tensor.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { padLeft } from '../runtime/batch.ts';
import { openSession, type Provider, type Session } from '../runtime/session.ts';

/** A sequence, and the positions where its residual stream is looked at. */
export interface ResidualReading {
  readonly ids: readonly number[];
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

export interface SteeringOptions {
  readonly provider: Provider;
  readonly batchSize: number;
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
  model: Model,
  { from, toward }: Contrast,
  options: SteeringOptions,
): Promise<SteeringVector[]> {
  for (const readings of [from, toward]) checkReadings(readings);
  const session = await openSession(residualGraph(model), options);
  try {
    const away = await meanResiduals(model, session, from, options);
    const means = await meanResiduals(model, session, toward, options);
    return means.map((mean, layer) => vectorOf(mean.resid, away[layer]!, layer));
  } finally {
    await session.release();
  }
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

interface MeanResidual {
  /** [d_model] */
  readonly resid: Float64Array;
  norm: number;
}

/** Of every layer, over the positions of all sequences. */
async function meanResiduals(
  { dims: { nLayers, dModel } }: Model,
  session: Session,
  readings: readonly ResidualReading[],
  { batchSize }: SteeringOptions,
): Promise<MeanResidual[]> {
  const n = readings.reduce((sum, { positions }) => sum + positions.length, 0);
  const means = Array.from({ length: nLayers }, (): MeanResidual => {
    return { resid: new Float64Array(dModel), norm: 0 };
  });
  const seen = readings.filter(({ positions }) => positions.length > 0);
  for (let start = 0; start < seen.length; start += batchSize) {
    const part = seen.slice(start, start + batchSize);
    const { feeds, length, pads } = padLeft(part.map(({ ids }) => ids));
    const places = part.flatMap(({ positions }, row) =>
      positions.map((pos) => row * length + pads[row]! + pos),
    );
    const found = await session.run({ ...feeds, places: int64(places, [places.length]) });
    const [resid, norm] = [found.resid!.data, found.norm!.data] as [Float32Array, Float32Array];
    means.forEach((mean, layer) => {
      mean.norm += norm[layer]! / n;
      for (let i = 0; i < dModel; i++) mean.resid[i]! += resid[layer * dModel + i]! / n;
    });
  }
  return means;
}
