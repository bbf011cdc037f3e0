import { Graph } from '../graph/builder.ts';
import { logSumExp } from '../graph/functions.ts';
import { gather, gatherElements, reshape, sub } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { int64 } from '../graph/tensor.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { padLeft } from '../runtime/batch.ts';
import { openSession, type Provider, type Session } from '../runtime/session.ts';
import { rowsThatFit } from './next-token.ts';

/** A text to be judged, after what it is judged as an answer to. */
export interface CrossEntropyReading {
  readonly prompt: readonly number[];
  /** Its tokens, the stop token included. */
  readonly completion: readonly number[];
}

export interface CrossEntropyOptions {
  readonly provider: Provider;
  readonly batchSize: number;
}

/**
 * Mean next-token cross-entropy of each completion after its prompt, in nats a token, under the model as it is and
 * at temperature 1: `−1/n Σ ln p(token | what stands before it)`.
 *
 * @returns in the order of the readings
 * @throws where a prompt or a completion is empty
 */
export async function crossEntropy(
  model: Model,
  readings: readonly CrossEntropyReading[],
  { provider, batchSize }: CrossEntropyOptions,
): Promise<number[]> {
  readings.forEach(checkReading);
  const session = await openSession(realisedGraph(model), { provider });
  // Texts of about one length share a batch: little padding.
  const ordered = readings.toSorted((a, b) => idsOf(a).length - idsOf(b).length);
  const found = new Map<CrossEntropyReading, number>();
  try {
    for (let start = 0; start < ordered.length; ) {
      const waiting = ordered.slice(start, start + batchSize);
      const batch = waiting.slice(0, rowsThatFit(idsOf(waiting.at(-1)!).length, model.dims.dVocab));
      const means = await readBatch(session, batch);
      means.forEach((mean, i) => {
        found.set(batch[i]!, mean);
      });
      start += batch.length;
    }
  } finally {
    await session.release();
  }
  return readings.map((reading) => found.get(reading)!);
}

const idsOf = ({ prompt, completion }: CrossEntropyReading): number[] => [...prompt, ...completion];

function checkReading({ prompt, completion }: CrossEntropyReading, i: number): void {
  if (prompt.length === 0) throw new Error(`prompt ${i} is empty: give at least BOS`);
  if (completion.length === 0)
    throw new Error(`completion ${i} is empty: give at least its stop token`);
}

/** [N, 1]: ln p of N tokens, each after its place; no other position is unembedded. */
export function realisedGraph(model: Model): Graph {
  const graph = new Graph();
  const { weights, resid } = forward(model, graph);
  const places = graph.input('places', 'int64', ['N']);
  const next = graph.input('next', 'int64', ['N', 1]);
  const before = gather(reshape(resid, [product(['B', 'T']), model.dims.dModel]), places);
  const { logits } = model.unembed(weights, before);
  graph.output('realised', sub(gatherElements(logits, next), logSumExp(logits)));
  return graph;
}

async function readBatch(
  session: Session,
  batch: readonly CrossEntropyReading[],
): Promise<number[]> {
  const { feeds, length } = padLeft(batch.map(idsOf));
  const places = batch.flatMap(({ completion }, row) =>
    // Padding is on the left: a completion ends in the last column, which nothing follows.
    completion.map((_, i) => (row + 1) * length - 1 - completion.length + i),
  );
  const next = batch.flatMap(({ completion }) => completion);
  const { realised } = await session.run({
    ...feeds,
    places: int64(places, [places.length]),
    next: int64(next, [next.length, 1]),
  });
  let start = 0;
  return batch.map(({ completion: { length: n } }) => {
    const logProbs = (realised!.data as Float32Array).subarray(start, start + n);
    start += n;
    return -logProbs.reduce((sum, x) => sum + x, 0) / n;
  });
}
