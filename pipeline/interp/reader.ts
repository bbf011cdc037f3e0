import type { Graph } from '../graph/builder.ts';
import type { Model } from '../models/model.ts';
import { type Batch, padLeft } from '../runtime/batch.ts';
import { type Feeds, type Fetches, openSession, type Provider } from '../runtime/session.ts';

/** A model, and how sequences are read with it: what every method takes. */
export interface Reader {
  readonly model: Model;
  readonly provider: Provider;
  /** Sequences that run together, at most. */
  readonly batchSize: number;
  /** Positions at the start of each sequence that count nowhere: 1 where a sequence begins with BOS. */
  readonly uncounted: number;
}

/** A sequence of tokens; methods ask for more beside them. */
export interface Sequence {
  readonly ids: readonly number[];
}

/** The sequences of a method at their largest: what its memory is planned from. */
export interface SequencesExtent {
  /** Tokens of the longest. */
  readonly tokens: number;
  /** How many there are. */
  readonly sequences: number;
}

/** How sequences are put together in batches. */
export interface Batching {
  /** `by length`: those of about one length share a batch, which leaves little padding. As they are given, otherwise. */
  readonly order?: 'by length';
  /** Sequences that run together at most, besides the reader's, where the longest one waiting has so many tokens. */
  readonly rowsThatFit?: (longest: number) => number;
}

/** A method that takes one pass of one graph: the graph, what it is fed, and what is made of its outputs. */
export interface Method<S extends Sequence, Row> extends Batching {
  readonly graph: Graph;
  /** Inputs beside the tokens. */
  readonly feeds?: (batch: SequenceBatch<S>) => Feeds;
  /** One for each sequence, in the order of the batch. */
  readonly rows: (outputs: Fetches, batch: SequenceBatch<S>) => readonly Row[];
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** The sequences of one batch. */
export interface SequenceBatch<S extends Sequence> {
  readonly sequences: readonly S[];
  readonly batch: Batch;
  /** Where each sequence stands among all that were given. */
  readonly indices: readonly number[];
}

/**
 * Run every sequence through a method's graph, once.
 * @returns in the order given, however they are put together
 */
export async function readRows<S extends Sequence, Row>(
  reader: Reader,
  sequences: readonly S[],
  { graph, feeds, rows, onProgress, ...batching }: Method<S, Row>,
): Promise<Row[]> {
  await using session = await openSession(graph, reader);
  const read = new Array<Row>(sequences.length);
  let done = 0;
  for (const next of sequenceBatches(reader, sequences, batching)) {
    const outputs = await session.run({ ...next.batch.feeds, ...feeds?.(next) });
    rows(outputs, next).forEach((row, i) => {
      read[next.indices[i]!] = row;
    });
    done += next.indices.length;
    onProgress?.(done);
  }
  return read;
}

/** Batches of sequences, each padded when its turn comes: for methods that take several sessions, or several passes. */
export function* sequenceBatches<S extends Sequence>(
  { batchSize }: Pick<Reader, 'batchSize'>,
  given: readonly S[],
  { order, rowsThatFit = () => batchSize }: Batching = {},
): Generator<SequenceBatch<S>, void, undefined> {
  const lengthOf = (i: number) => given[i]!.ids.length;
  const all = [...given.keys()];
  if (order === 'by length') all.sort((a, b) => lengthOf(a) - lengthOf(b));
  for (let start = 0; start < all.length; ) {
    const waiting = all.slice(start, start + batchSize);
    const indices = waiting.slice(0, rowsThatFit(Math.max(...waiting.map(lengthOf))));
    const sequences = indices.map((i) => given[i]!);
    yield { sequences, indices, batch: padLeft(sequences.map(({ ids }) => ids)) };
    start += indices.length;
  }
}
