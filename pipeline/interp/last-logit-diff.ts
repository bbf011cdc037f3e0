import { Graph } from '../graph/builder.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { floats } from '../runtime/outputs.ts';
import { bySequence, logitDiffAt, placeFeeds, type TokenPair } from './patching/logit-diff-at.ts';
import { type Reader, readRows, type Sequence, type SequencesExtent } from './reader.ts';

/**
 * The logit of the first token of a pair minus that of the second, after the last token of every sequence.
 * @returns in the order of the sequences
 */
export const lastLogitDiff = (
  reader: Reader,
  sequences: readonly Sequence[],
  pair: TokenPair,
): Promise<number[]> =>
  readRows(reader, sequences, {
    graph: lastLogitDiffGraph(reader.model),
    order: 'by length',
    feeds: (part) => placeFeeds(lastPositions(part.sequences), part.batch, pair),
    rows: (outputs, part) =>
      bySequence(floats(outputs, 'difference'), lastPositions(part.sequences)).map(([x]) => x!),
  });

const lastPositions = (sequences: readonly Sequence[]): number[][] =>
  sequences.map(({ ids }) => [ids.length - 1]);

/** Output `difference` [N, 1]: see `logitDiffAt`. */
export function lastLogitDiffGraph(model: Model): Graph {
  const graph = new Graph();
  graph.output('difference', logitDiffAt(model, graph, forward(model, graph)));
  return graph;
}

export const lastLogitDiffUse = (model: Model, { tokens, sequences }: SequencesExtent): GraphUse =>
  limitBatch(sequences, {
    name: 'last logit difference',
    graph: () => lastLogitDiffGraph(model),
    sizes: (B) => ({ B, T: tokens, N: B }),
  });
