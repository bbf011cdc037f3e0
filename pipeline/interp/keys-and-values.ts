import { Graph } from '../graph/builder.ts';
import type { GraphUse } from '../graph/graph-use.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { type CachedRow, KvCache } from '../runtime/kv-cache.ts';
import { openSession } from '../runtime/session.ts';
import { outputKeysAndValues } from '../runtime/step-graph.ts';
import { type Reader, type Sequence, type SequencesExtent, sequenceBatches } from './reader.ts';
import { keyOf } from './shared-readings.ts';

/**
 * The keys and values of every token in every layer, so that readings that change a sequence only later can go on from them. Equal
 * sequences are read once.
 * @returns one row for each sequence, in the order given
 */
export async function readKeysAndValues(
  reader: Reader,
  sequences: readonly Sequence[],
): Promise<CachedRow[]> {
  const { model } = reader;
  const different = new Map(sequences.map((sequence) => [keyOf(sequence), sequence]));
  await using session = await openSession(keysAndValuesGraph(model), reader);
  const rows = new Map<string, CachedRow>();
  for (const part of sequenceBatches(reader, [...different.values()], { order: 'by length' })) {
    const { batch } = part;
    const cache = new KvCache(model.dims, batch.rows);
    cache.append(await session.run(batch.feeds), batch.feeds.key_positions.data, batch.length);
    part.sequences.forEach((sequence, row) => {
      rows.set(keyOf(sequence), cache.row(row));
    });
  }
  return sequences.map((sequence) => rows.get(keyOf(sequence))!);
}

/** Outputs: the keys and values of all tokens in every layer. */
export function keysAndValuesGraph(model: Model): Graph {
  const graph = new Graph();
  outputKeysAndValues(graph, forward(model, graph));
  return graph;
}

export const keysAndValuesUse = (model: Model, { tokens }: SequencesExtent): GraphUse => ({
  name: 'keys and values',
  graph: () => keysAndValuesGraph(model),
  sizes: (B) => ({ B, T: tokens }),
});
