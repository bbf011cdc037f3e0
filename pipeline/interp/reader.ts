import type { Graph } from '../graph/builder.ts';
import type { Model } from '../models/model.ts';
import { type Batch, padLeft } from '../runtime/batch.ts';
import { assertFits } from '../runtime/check-sequences.ts';
import { type Feeds, type Fetches, openSession, type Provider } from '../runtime/session.ts';

/** A model and how it runs sequences: the first argument of every measurement. */
export interface Reader {
  readonly model: Model;
  readonly provider: Provider;
  /** Largest number of sequences in a batch. */
  readonly batchSize: number;
  /** Number of positions at the start of each sequence that measurements exclude: 1 where sequences begin with BOS. */
  readonly uncounted: number;
}

/** A sequence of tokens; measurements extend it with what they need. */
export interface Sequence {
  readonly ids: readonly number[];
}

/** The largest sizes of a measurement's sequences, for planning its memory. */
export interface SequencesExtent {
  /** Tokens of the longest sequence. */
  readonly tokens: number;
  /** Number of sequences. */
  readonly sequences: number;
}

/** How sequences are grouped into batches. */
export interface Batching {
  /** `by length` groups sequences of similar length, to save padding; otherwise they stay in the order given. */
  readonly order?: 'by length';
  /** A further limit on the sequences in a batch, by the number of tokens of its longest sequence. */
  readonly rowsThatFit?: (longest: number) => number;
}

/** A measurement by one run of one graph per batch. */
export interface SinglePass<S extends Sequence, Row> extends Batching {
  readonly graph: Graph;
  /** Feeds of the graph's inputs other than the tokens. */
  readonly feeds?: (batch: SequenceBatch<S>) => Feeds;
  /** Turns the outputs into one row for each sequence, in the order of the batch. */
  readonly rows: (outputs: Fetches, batch: SequenceBatch<S>) => readonly Row[];
  /** @param done number of sequences */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** The sequences of one batch. */
export interface SequenceBatch<S extends Sequence> {
  readonly sequences: readonly S[];
  readonly batch: Batch;
  /** Index of each sequence among all sequences given. */
  readonly indices: readonly number[];
}

/**
 * Run every sequence through a graph once.
 * @returns one row for each sequence, in the order given, whatever the order of the batches
 * @throws before anything runs, where a sequence does not fit the model
 */
export async function readRows<S extends Sequence, Row>(
  reader: Reader,
  sequences: readonly S[],
  pass: SinglePass<S, Row>,
): Promise<Row[]> {
  const results = new Array<Row>(sequences.length);
  await forEachRow(reader, sequences, pass, (row, i) => {
    results[i] = row;
  });
  return results;
}

/**
 * The same, but each row is handed over as its batch is done, so that not all of them are in memory.
 * @param onRow is given the rows in the order of the batches: that of the sequences, unless `order` says otherwise
 */
export async function forEachRow<S extends Sequence, Row>(
  reader: Reader,
  sequences: readonly S[],
  { graph, feeds, rows, onProgress, ...batching }: SinglePass<S, Row>,
  onRow: (row: Row, index: number) => void,
): Promise<void> {
  assertFits(reader.model, sequences);
  await using session = await openSession(graph, reader);
  let done = 0;
  for (const part of sequenceBatches(reader, sequences, batching)) {
    const outputs = await session.run({ ...part.batch.feeds, ...feeds?.(part) });
    for (const [i, row] of rows(outputs, part).entries()) onRow(row, part.indices[i]!);
    done += part.indices.length;
    onProgress?.(done);
  }
}

/**
 * Sequences in batches, padded one batch at a time: for measurements with several sessions or several runs per batch.
 * @throws before the first batch, where a sequence does not fit the model
 */
export function* sequenceBatches<S extends Sequence>(
  { batchSize, model }: Pick<Reader, 'batchSize' | 'model'>,
  allSequences: readonly S[],
  { order, rowsThatFit = () => batchSize }: Batching = {},
): Generator<SequenceBatch<S>, void, undefined> {
  assertFits(model, allSequences);
  const lengthOf = (i: number) => allSequences[i]!.ids.length;
  const queue = [...allSequences.keys()];
  if (order === 'by length') queue.sort((a, b) => lengthOf(a) - lengthOf(b));
  for (let start = 0; start < queue.length; ) {
    const candidates = queue.slice(start, start + batchSize);
    const indices = candidates.slice(0, rowsThatFit(Math.max(...candidates.map(lengthOf))));
    const sequences = indices.map((i) => allSequences[i]!);
    yield { sequences, indices, batch: padLeft(sequences.map(({ ids }) => ids)) };
    start += indices.length;
  }
}
