import { Graph } from '../graph/builder.ts';
import { entropyOfLogits, logSoftmax } from '../graph/functions.ts';
import { exp, gatherColumns, gatherElements } from '../graph/ops.ts';
import { int64 } from '../graph/tensor.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { padLeft } from '../runtime/batch.ts';
import { openSession, type Provider, type Session } from '../runtime/session.ts';

export interface NextTokenOptions {
  readonly provider: Provider;
  /** Token ids whose probability is wanted after every position. */
  readonly watch: readonly number[];
  readonly batchSize: number;
  readonly onProgress?: (done: number) => void;
}

/** What one sequence predicts after each of its positions, of the full softcapped distribution. */
export interface NextTokenRow {
  /** [pos]: nats */
  readonly entropy: Float32Array;
  /** [pos, watch], row-major */
  readonly probs: Float32Array;
  /** [pos]: log-probability of the token that does come next; 0 at the last position, where none does. */
  readonly realised: Float32Array;
}

/** Read sequences once and measure the next-token distribution after every position. */
export async function nextToken(
  model: Model,
  sequences: readonly { readonly ids: readonly number[] }[],
  { provider, watch, batchSize, onProgress }: NextTokenOptions,
): Promise<NextTokenRow[]> {
  const session = await openSession(nextTokenGraph(model), { provider });
  const rows: NextTokenRow[] = [];
  try {
    while (rows.length < sequences.length) {
      const waiting = sequences.slice(rows.length, rows.length + batchSize).map(({ ids }) => ids);
      const longest = Math.max(...waiting.map((ids) => ids.length));
      const batch = waiting.slice(0, rowsThatFit(longest, model.dims.dVocab));
      rows.push(...(await readBatch(session, batch, watch)));
      onProgress?.(rows.length);
    }
  } finally {
    await session.release();
  }
  return rows;
}

/** Largest [B, T, d_vocab] block: 2²⁷ elements are 0.5 GB, of which the graph holds a few. */
const MAX_LOGITS = 2 ** 27;

/** Sequences that run together at most, where the longest has so many tokens; one always does. */
export const rowsThatFit = (longest: number, dVocab: number): number =>
  Math.max(1, Math.floor(MAX_LOGITS / (longest * dVocab)));

/** The next-token distribution after every position, reduced. */
export function nextTokenGraph(model: Model): Graph {
  const graph = new Graph();
  const { weights, resid } = forward(model, graph);
  const { logits } = model.unembed(weights, resid);
  const logProbs = logSoftmax(logits);
  const next = graph.input('next_ids', 'int64', ['B', 'T', 1]);
  graph.output('entropy', entropyOfLogits(logits));
  graph.output('probs', exp(gatherColumns(logProbs, graph.input('watch', 'int64', ['W']))));
  graph.output('realised', gatherElements(logProbs, next));
  return graph;
}

async function readBatch(
  session: Session,
  batch: readonly (readonly number[])[],
  watch: readonly number[],
): Promise<NextTokenRow[]> {
  const { feeds, rows, length, pads } = padLeft(batch);
  const next = padLeft(batch.map((ids) => [...ids.slice(1), 0])).feeds.ids!;
  const found = await session.run({
    ...feeds,
    next_ids: { ...next, dims: [rows, length, 1] },
    watch: int64(watch, [watch.length]),
  });
  /** A row's part of an output, its padding left out. */
  const cut = (name: string, row: number, width: number) =>
    (found[name]!.data as Float32Array).slice(
      (row * length + pads[row]!) * width,
      (row + 1) * length * width,
    );
  return batch.map((ids, row) => ({
    entropy: cut('entropy', row, 1),
    probs: cut('probs', row, watch.length),
    realised: cut('realised', row, 1).with(ids.length - 1, 0),
  }));
}
