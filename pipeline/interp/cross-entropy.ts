import { Graph } from '../graph/builder.ts';
import { logSumExp } from '../graph/functions.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import { gather, gatherElements, reshape, sub } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { int64 } from '../graph/tensor.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { floats } from '../runtime/outputs.ts';
import type { Feeds, Fetches } from '../runtime/session.ts';
import { type Reader, readRows, type Sequence, type SequenceBatch } from './reader.ts';
import { rowsThatFit } from './rows-that-fit.ts';

/** A text to be judged, after what it is judged as an answer to. */
export interface CrossEntropyReading {
  readonly prompt: readonly number[];
  /** Its tokens, the stop token included. */
  readonly completion: readonly number[];
}

/**
 * Mean next-token cross-entropy of each completion after its prompt, in nats a token, under the model as it is and
 * at temperature 1: `−1/n Σ ln p(token | what stands before it)`.
 *
 * @returns in the order of the readings
 * @throws where a prompt or a completion is empty
 */
export async function crossEntropy(
  reader: Reader,
  readings: readonly CrossEntropyReading[],
): Promise<number[]> {
  readings.forEach(checkReading);
  return readRows(reader, readings.map(answerOf), {
    graph: realisedGraph(reader.model),
    order: 'by length',
    rowsThatFit: (longest) => rowsThatFit(longest, reader.model.dims.dVocab),
    feeds: realisedFeeds,
    rows: meanLosses,
  });
}

/** A prompt and its completion as one sequence. */
interface Answer extends Sequence {
  readonly completion: readonly number[];
}

const answerOf = ({ prompt, completion }: CrossEntropyReading): Answer => ({
  ids: [...prompt, ...completion],
  completion,
});

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

/** Tokens of the longest prompt with its completion, and of the longest completion. */
export interface AnswersExtent {
  readonly tokens: number;
  readonly completion: number;
}

export const crossEntropyUse = (model: Model, { tokens, completion }: AnswersExtent): GraphUse =>
  limitBatch(rowsThatFit(tokens, model.dims.dVocab), {
    name: 'cross-entropy',
    graph: () => realisedGraph(model),
    sizes: (B) => ({ B, T: tokens, N: B * completion }),
  });

/** Each token of a completion is predicted at the position before it. */
function realisedFeeds({ sequences, batch }: SequenceBatch<Answer>): Feeds {
  const places = batch.indices(
    sequences.map(({ ids, completion }) =>
      completion.map((_, i) => ids.length - completion.length - 1 + i),
    ),
  );
  const next = sequences.flatMap(({ completion }) => completion);
  return { places: int64(places, [places.length]), next: int64(next, [next.length, 1]) };
}

function meanLosses(outputs: Fetches, { sequences }: SequenceBatch<Answer>): number[] {
  const realised = floats(outputs, 'realised');
  let start = 0;
  return sequences.map(({ completion: { length: n } }) => {
    const logProbs = realised.subarray(start, start + n);
    start += n;
    return -logProbs.reduce((sum, x) => sum + x, 0) / n;
  });
}
