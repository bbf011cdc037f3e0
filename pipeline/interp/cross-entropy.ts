import { Graph } from '../graph/builder.ts';
import { logSumExp } from '../graph/functions.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import { reshape } from '../graph/layout.ts';
import { gather, gatherElements, sub } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { int64 } from '../graph/tensor.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { floats } from '../runtime/outputs.ts';
import type { Feeds, Fetches } from '../runtime/session.ts';
import { type Reader, readRows, type Sequence, type SequenceBatch } from './reader.ts';
import { rowsThatFit } from './rows-that-fit.ts';

/** A prompt, and the completion whose cross-entropy is measured. */
export interface CrossEntropyReading {
  readonly prompt: readonly number[];
  /** Token ids, including the stop token. */
  readonly completion: readonly number[];
}

/**
 * Mean next-token cross-entropy of each completion given its prompt, in nats per token, under the unmodified model at
 * temperature 1: `−1/n Σ ln p(token | preceding tokens)`.
 *
 * @returns in the order of the readings
 * @throws where a prompt or a completion is empty
 */
export async function crossEntropy(
  reader: Reader,
  readings: readonly CrossEntropyReading[],
  onProgress?: (done: number) => void,
): Promise<number[]> {
  readings.forEach(checkReading);
  return readRows(reader, readings.map(joined), {
    graph: realisedGraph(reader.model),
    order: 'by length',
    rowsThatFit: (longest) => rowsThatFit(longest, reader.model.dims.dVocab),
    feeds: realisedFeeds,
    rows: meanLosses,
    onProgress,
  });
}

/** A prompt and its completion as one sequence. */
interface Answer extends Sequence {
  readonly completion: readonly number[];
}

const joined = ({ prompt, completion }: CrossEntropyReading): Answer => ({
  ids: [...prompt, ...completion],
  completion,
});

function checkReading({ prompt, completion }: CrossEntropyReading, i: number): void {
  if (prompt.length === 0) throw new Error(`prompt ${i} is empty: give at least BOS`);
  if (completion.length === 0)
    throw new Error(`completion ${i} is empty: give at least its stop token`);
}

/**
 * Output `realised` [N, 1]: the log-probability of the token that follows, at N positions. Only these positions are
 * unembedded. Inputs: `places` int64 [N], the positions in the flattened batch; `next` int64 [N, 1], the following
 * tokens.
 */
export function realisedGraph(model: Model): Graph {
  const graph = new Graph();
  const { weights, resid } = forward(model, graph);
  const rows = graph.input('places', 'int64', ['N']);
  const next = graph.input('next', 'int64', ['N', 1]);
  const residRows = gather(reshape(resid, [product(['B', 'T']), model.dims.dModel]), rows);
  const { logits } = model.unembed(weights, residRows);
  graph.output('realised', sub(gatherElements(logits, next), logSumExp(logits)));
  return graph;
}

/** The largest sizes of the readings, in tokens. */
export interface AnswersExtent {
  /** The longest prompt with its completion. */
  readonly tokens: number;
  /** The longest completion. */
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
  const rows = batch.indices(
    sequences.map(({ ids, completion }) =>
      completion.map((_, i) => ids.length - completion.length - 1 + i),
    ),
  );
  const next = sequences.flatMap(({ completion }) => completion);
  return { places: int64(rows, [rows.length]), next: int64(next, [next.length, 1]) };
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
