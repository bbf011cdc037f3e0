import { float32, int64, type Tensor } from '../graph/tensor.ts';
import { MASKED } from '../models/attention-bias.ts';

/** The token inputs of models/forward.ts, int64 [rows, length]. */
export type TokenFeeds = Readonly<
  Record<'ids' | 'positions' | 'key_positions', Tensor<BigInt64Array>>
>;

/**
 * Sequences of different lengths as a block [rows, length], left-padded, so that the last tokens are in the last
 * column. A position counts from 0 at the first token of its sequence, without the padding. Only this class converts
 * between positions and columns of the block.
 */
export class Batch {
  /** Number of columns: the length of the longest sequence. */
  readonly length: number;
  /**
   * [rows]: number of padding tokens before each sequence. Where a sequence's first tokens are in a cache instead, their
   * number is subtracted: it is always the column at which the sequence begins, or would begin.
   */
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

  /** Some of the sequences, padded as they are here. */
  select(rows: readonly number[]): Batch {
    if (rows.length === this.rows) return this;
    const { length, feeds } = this;
    const select = ({ data }: Tensor<BigInt64Array>) =>
      int64(
        BigInt64Array.from(
          rows.flatMap((row) => [...data.subarray(row * length, (row + 1) * length)]),
        ),
        [rows.length, length],
      );
    return new Batch({
      length,
      pads: rows.map((row) => this.pads[row]!),
      feeds: {
        ids: select(feeds.ids),
        positions: select(feeds.positions),
        key_positions: select(feeds.key_positions),
      },
    });
  }

  /** Number of tokens of a sequence, without padding, and with those in a cache. */
  nTokens(row: number): number {
    return this.length - this.pads[row]!;
  }

  /** Index of a token in the flattened block [rows · length]. */
  index(row: number, pos: number): number {
    return row * this.length + this.pads[row]! + pos;
  }

  /** Index of a sequence's last token in the flattened block. */
  lastIndex(row: number): number {
    return this.index(row, this.nTokens(row) - 1);
  }

  /** Indices in the flattened block. @param positions [row]: positions in each sequence */
  indices(positions: readonly (readonly number[])[]): number[] {
    return positions.flatMap((inRow, row) => inRow.map((pos) => this.index(row, pos)));
  }

  /** The position of a token from its column in the block; negative for padding. */
  position(row: number, column: number): number {
    return column - this.pads[row]!;
  }

  /**
   * A view of the values of one sequence, without padding.
   * @param values [rows, length, width]
   * @param from first position of the view
   * @returns [nTokens − from, width]
   */
  unpadded(values: Float32Array, row: number, { width = 1, from = 0 } = {}): Float32Array {
    return values.subarray(this.index(row, from) * width, (this.lastIndex(row) + 1) * width);
  }

  /**
   * [rows, length, 1]: 1 at positions from `from` until before the row's end, else 0.
   * @param ends [row]; the end of the sequence where left out or later
   */
  mask(from: number, ends = this.pads.map((_, row) => this.nTokens(row))): Tensor<Float32Array> {
    const mask = new Float32Array(this.rows * this.length);
    ends.forEach((givenEnd, row) => {
      const end = Math.min(givenEnd, this.nTokens(row));
      if (from < end) mask.fill(1, this.index(row, from), this.index(row, end));
    });
    return float32(mask, [this.rows, this.length, 1]);
  }
}

/**
 * Pad sequences to one batch.
 * @param starts [row]: number of its first tokens that are left out, because they are in a cache; 0 where left out
 */
export function padLeft(
  sequences: readonly (readonly number[])[],
  starts: readonly number[] = sequences.map(() => 0),
): Batch {
  const ids = sequences.map((sequence, row) => sequence.slice(starts[row]));
  const positions = ids.map((inRow, row) => inRow.map((_, i) => starts[row]! + i));
  const length = longest(ids);
  return new Batch({
    length,
    pads: sequences.map((sequence) => length - sequence.length),
    feeds: {
      ids: block(ids, 0),
      positions: block(positions, 0),
      key_positions: block(positions, MASKED),
    },
  });
}

/** int64 [rows, length, 1]: the token after each token; 0 at the last token and at padding. */
export function nextIds(sequences: readonly (readonly number[])[]): Tensor<BigInt64Array> {
  const next = block(
    sequences.map((ids) => [...ids.slice(1), 0]),
    0,
  );
  return { ...next, dims: [...next.dims, 1] };
}

const longest = (rows: readonly (readonly number[])[]): number =>
  Math.max(...rows.map(({ length }) => length));

/** int64 [rows, length]: left-padded rows. */
function block(rows: readonly (readonly number[])[], padding: number): Tensor<BigInt64Array> {
  const length = longest(rows);
  const padded = rows.flatMap((row) => [
    ...new Array<number>(length - row.length).fill(padding),
    ...row,
  ]);
  return int64(padded, [rows.length, length]);
}
