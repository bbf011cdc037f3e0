import { float32, int64, type Tensor } from '../graph/tensor.ts';
import { MASKED } from '../models/attention-bias.ts';

/** Inputs of models/forward.ts, int64 [rows, length]. */
export type TokenFeeds = Readonly<
  Record<'ids' | 'positions' | 'key_positions', Tensor<BigInt64Array>>
>;

/**
 * Sequences of several lengths as one block [rows, length], padded on the left: the last tokens stand in one column.
 * Positions count from 0 at each sequence's own first token; where a token lies in the block is known here alone.
 */
export class Batch {
  readonly length: number;
  /** [rows]: tokens of padding before each sequence. */
  readonly pads: readonly number[];
  readonly feeds: TokenFeeds;

  constructor({ length, pads, feeds }: Pick<Batch, 'length' | 'pads' | 'feeds'>) {
    this.length = length;
    this.pads = pads;
    this.feeds = feeds;
  }

  get rows(): number {
    return this.pads.length;
  }

  /** Tokens of a sequence, without its padding. */
  tokens(row: number): number {
    return this.length - this.pads[row]!;
  }

  /** Index of a token when the block's rows stand one after the other. */
  index(row: number, pos: number): number {
    return row * this.length + this.pads[row]! + pos;
  }

  /** Index of a sequence's last token. */
  lastIndex(row: number): number {
    return this.index(row, this.tokens(row) - 1);
  }

  /** Indices of every row's positions, one row after the other. */
  indices(positions: readonly (readonly number[])[]): number[] {
    return positions.flatMap((of, row) => of.map((pos) => this.index(row, pos)));
  }

  /** The position of a column of the block; negative in the padding. */
  position(row: number, column: number): number {
    return column - this.pads[row]!;
  }

  /**
   * A view of one sequence's part of an output, from a position on, without padding.
   * @param values [rows, length, width]
   */
  cut(values: Float32Array, row: number, { width = 1, from = 0 } = {}): Float32Array {
    return values.subarray(this.index(row, from) * width, (this.lastIndex(row) + 1) * width);
  }

  /**
   * [rows, length, 1]: 1 at positions `from` and later, else 0.
   * @param ends [row]: 0 from there on, too
   */
  mask(from: number, ends = this.pads.map((_, row) => this.tokens(row))): Tensor<Float32Array> {
    const mask = new Float32Array(this.rows * this.length);
    ends.forEach((end, row) => {
      const last = Math.min(end, this.tokens(row));
      if (from < last) mask.fill(1, this.index(row, from), this.index(row, last));
    });
    return float32(mask, [this.rows, this.length, 1]);
  }
}

/** Sequences as one batch. */
export function padLeft(sequences: readonly (readonly number[])[]): Batch {
  const positions = sequences.map((ids) => ids.map((_, pos) => pos));
  return new Batch({
    length: lengthOf(sequences),
    pads: sequences.map(({ length }) => lengthOf(sequences) - length),
    feeds: {
      ids: block(sequences, 0),
      positions: block(positions, 0),
      key_positions: block(positions, MASKED),
    },
  });
}

/** int64 [rows, length, 1]: the token that follows each one; 0 where none does, and at padding. */
export function nextIds(sequences: readonly (readonly number[])[]): Tensor<BigInt64Array> {
  const next = block(
    sequences.map((ids) => [...ids.slice(1), 0]),
    0,
  );
  return { ...next, dims: [...next.dims, 1] };
}

const lengthOf = (rows: readonly (readonly number[])[]): number =>
  Math.max(...rows.map(({ length }) => length));

/** int64 [rows, length] */
function block(rows: readonly (readonly number[])[], padding: number): Tensor<BigInt64Array> {
  const length = lengthOf(rows);
  const padded = rows.flatMap((row) => [
    ...new Array<number>(length - row.length).fill(padding),
    ...row,
  ]);
  return int64(padded, [rows.length, length]);
}
