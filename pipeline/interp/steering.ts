import { Graph } from '../graph/builder.ts';
import { concat, gather, reduceSum, reshape } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { padLeft } from '../runtime/batch.ts';
import { openSession, type Provider, type Session } from '../runtime/session.ts';
import { int64 } from '../tensor.ts';

/** Prompts whose last positions are compared: steering leads away from the ones, towards the others. */
export interface Contrast {
  readonly from: readonly (readonly number[])[];
  readonly toward: readonly (readonly number[])[];
}

export interface SteeringOptions {
  readonly provider: Provider;
  readonly batchSize: number;
}

/** The residual stream after a layer, where its steering vector is taken and added. */
export const steeringHook = (layer: number): string => `blocks.${layer}.hook_resid_post`;

/**
 * A steering vector for every layer, [layer][d_model]: the mean residual at the last position of the prompts that it
 * leads towards, less the mean of those that it leads away from. One forward pass a prompt gives every layer's.
 *
 * Source: Rimsky et al. (2024), arXiv 2312.06681, section 3 (there the mean of paired differences, which is the same).
 *
 * @throws where a side of the contrast has no prompts, or one is empty
 */
export async function steeringVectors(
  model: Model,
  { from, toward }: Contrast,
  options: SteeringOptions,
): Promise<Float32Array[]> {
  for (const prompts of [from, toward]) checkPrompts(prompts);
  const session = await openSession(residualGraph(model), options);
  try {
    const away = await meanResiduals(model, session, from, options);
    const means = await meanResiduals(model, session, toward, options);
    return means.map((mean, layer) => Float32Array.from(mean, (x, i) => x - away[layer]![i]!));
  } finally {
    await session.release();
  }
}

function checkPrompts(prompts: Contrast['from']): void {
  if (prompts.length === 0)
    throw new Error('no prompts to average: give at least one on each side of the contrast');
  const empty = prompts.findIndex(({ length }) => length === 0);
  if (empty >= 0) throw new Error(`prompt ${empty} of the contrast is empty: give at least BOS`);
}

/** [nLayers, d_model]: residuals summed over the batch, at the places that `rows` names. */
function residualGraph(model: Model): Graph {
  const { nLayers, dModel } = model.dims;
  const graph = new Graph();
  forward(model, graph);
  const rows = graph.input('rows', 'int64', ['B']);
  const sums = Array.from({ length: nLayers }, (_, layer) => {
    const resid = reshape(graph.find(steeringHook(layer)), [product(['B', 'T']), dModel]);
    return reduceSum(gather(resid, rows), [0]);
  });
  graph.output('sums', concat(sums, 0));
  return graph;
}

async function meanResiduals(
  { dims: { nLayers, dModel } }: Model,
  session: Session,
  prompts: Contrast['from'],
  { batchSize }: SteeringOptions,
): Promise<Float64Array[]> {
  const means = Array.from({ length: nLayers }, () => new Float64Array(dModel));
  for (let start = 0; start < prompts.length; start += batchSize) {
    const { feeds, rows, length } = padLeft(prompts.slice(start, start + batchSize));
    // Padding is on the left: every prompt ends in the last column.
    const last = Array.from({ length: rows }, (_, row) => (row + 1) * length - 1);
    const { sums } = await session.run({ ...feeds, rows: int64(last, [rows]) });
    means.forEach((mean, layer) => {
      for (let i = 0; i < dModel; i++)
        mean[i]! += (sums!.data[layer * dModel + i] as number) / prompts.length;
    });
  }
  return means;
}
