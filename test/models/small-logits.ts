import { Graph } from '../../pipeline/graph/builder.ts';
import { forward } from '../../pipeline/models/forward.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { numbers } from '../golden.ts';
import type { SMALL } from './small-models.ts';

/** Families with a small model of random weights. */
export type Family = keyof typeof SMALL;

export const IDS = [
  [2, 7, 11, 30, 5, 19, 44, 8, 8, 3, 21, 40, 9, 33, 17, 26, 48, 12],
  [2, 49, 6, 14, 27],
];

/** Far above what float32 rounds in logits of this size. */
export const NEAR = 1e-4;

/** [sequence][position · token], each sequence in a batch with left padding. */
export async function logitsOf(model: Model): Promise<number[][]> {
  const graph = new Graph();
  const { weights, resid } = forward(model, graph);
  graph.output('logits', model.unembed(weights, resid).logits);
  const session = await openSession(graph, { provider: 'cpu', threads: 1 });
  const batch = padLeft(IDS);
  const { data } = (await session.run(batch.feeds)).logits!;
  await session.release();
  const { dVocab } = model.dims;
  return IDS.map((_, row) => {
    const start = row * batch.length + batch.pads[row]!;
    return numbers(data.slice(start * dVocab, (row + 1) * batch.length * dVocab));
  });
}
