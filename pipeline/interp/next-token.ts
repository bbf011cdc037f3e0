import { Graph } from '../graph/builder.ts';
import { entropyOfLogits, logSoftmax } from '../graph/functions.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import { exp, gatherColumns, gatherElements } from '../graph/ops.ts';
import { int64 } from '../graph/tensor.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { nextIds } from '../runtime/batch.ts';
import { floats } from '../runtime/outputs.ts';
import {
  forEachRow,
  type Reader,
  readRows,
  type Sequence,
  type SequencesExtent,
  type SinglePass,
} from './reader.ts';
import { rowsThatFit } from './rows-that-fit.ts';

export interface NextTokenOptions {
  /** Token ids whose probability is returned. */
  readonly watch: readonly number[];
  readonly onProgress?: (done: number) => void;
}

/** Measures of the full softcapped next-token distribution at every position of one sequence, at temperature 1. */
export interface NextTokenRow {
  /** [pos]: entropy in nats. */
  readonly entropy: Float32Array;
  /** [pos, watch], row-major: probabilities of the watched tokens. */
  readonly probs: Float32Array;
  /** [pos]: log-probability of the token that follows in the sequence; 0 at the last position. */
  readonly realised: Float32Array;
}

/** Measure the next-token distribution at every position, in one forward pass per sequence. */
export const nextToken = (
  reader: Reader,
  sequences: readonly Sequence[],
  options: NextTokenOptions,
): Promise<NextTokenRow[]> => readRows(reader, sequences, passOf(reader, options));

/** The same, but the row of each sequence is handed over as its batch is done, in the order of the sequences. */
export const forEachNextToken = (
  reader: Reader,
  sequences: readonly Sequence[],
  options: NextTokenOptions,
  onRow: (row: NextTokenRow, index: number) => void,
): Promise<void> => forEachRow(reader, sequences, passOf(reader, options), onRow);

const passOf = (
  reader: Reader,
  { watch, onProgress }: NextTokenOptions,
): SinglePass<Sequence, NextTokenRow> => ({
  graph: nextTokenGraph(reader.model),
  rowsThatFit: (longest) => rowsThatFit(longest, reader.model.dims.dVocab),
  onProgress,
  feeds: ({ sequences }) => ({
    next_ids: nextIds(sequences.map(({ ids }) => ids)),
    watch: int64(watch, [watch.length]),
  }),
  rows: (outputs, { batch, sequences }) => {
    // Copies, because a view would keep the outputs of the whole batch in memory.
    const copy = (name: string, row: number, width = 1) =>
      batch.unpadded(floats(outputs, name), row, { width }).slice();
    return sequences.map(({ ids }, row) => ({
      entropy: copy('entropy', row),
      probs: copy('probs', row, watch.length),
      realised: copy('realised', row).with(ids.length - 1, 0),
    }));
  },
});

/** Outputs `entropy` [B, T, 1], `probs` [B, T, W] and `realised` [B, T, 1], as in `NextTokenRow`. */
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

/** @param watched number of watched token ids */
export const nextTokenUse = (
  model: Model,
  { tokens, sequences, watched }: SequencesExtent & { readonly watched: number },
): GraphUse =>
  limitBatch(Math.min(rowsThatFit(tokens, model.dims.dVocab), sequences), {
    name: 'next token',
    graph: () => nextTokenGraph(model),
    sizes: (B) => ({ B, T: tokens, W: watched }),
  });
