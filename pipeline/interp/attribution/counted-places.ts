import { float32, type Tensor } from '../../graph/tensor.ts';
import type { Batch } from '../../runtime/batch.ts';

/**
 * The counted positions of a batch, its places: sequence by sequence, each from position `uncounted` to its end. What is
 * computed of them alone costs nothing for padding.
 */
export class CountedPlaces {
  readonly batch: Batch;
  readonly uncounted: number;
  /** [rows + 1]: the first place of each sequence; the last number is that of all places. */
  readonly starts: readonly number[];

  constructor(batch: Batch, uncounted: number) {
    this.batch = batch;
    this.uncounted = uncounted;
    const starts = [0];
    for (let row = 0; row < batch.rows; row++)
      starts.push(starts[row]! + Math.max(0, batch.nTokens(row) - uncounted));
    this.starts = starts;
  }

  get length(): number {
    return this.starts.at(-1)!;
  }

  /** The position of a sequence's place. */
  position(row: number, place: number): number {
    return this.uncounted + place - this.starts[row]!;
  }

  /** The place of a sequence's position. */
  place(row: number, pos: number): number {
    return this.starts[row]! + pos - this.uncounted;
  }

  /** The values of a block [rows, length, width] at the places, [places, width]. */
  gather({ data, dims }: Tensor<Float32Array>): Float32Array {
    const width = dims.at(-1)!;
    const values = new Float32Array(this.length * width);
    this.#forEachRow((row, start) => {
      values.set(this.batch.unpadded(data, row, { width, from: this.uncounted }), start * width);
    });
    return values;
  }

  /** The block [rows, length, width] that has the values [places, width] at the places, and 0 elsewhere. */
  scatter(values: Float32Array, width: number): Tensor<Float32Array> {
    const { rows, length } = this.batch;
    const data = new Float32Array(rows * length * width);
    this.#forEachRow((row, start, end) => {
      const own = values.subarray(start * width, end * width);
      data.set(own, this.batch.index(row, this.uncounted) * width);
    });
    return float32(data, [rows, length, width]);
  }

  #forEachRow(visit: (row: number, start: number, end: number) => void): void {
    for (let row = 0; row < this.batch.rows; row++) {
      const [start, end] = [this.starts[row]!, this.starts[row + 1]!];
      if (start < end) visit(row, start, end);
    }
  }
}
