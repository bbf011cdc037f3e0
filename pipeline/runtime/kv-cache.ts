import { float32, int64, type Tensor } from '../graph/tensor.ts';
import type { ModelDims } from '../models/architecture.ts';
import { MASKED } from '../models/attention-bias.ts';
import { floats } from './outputs.ts';
import type { Feeds, Fetches } from './session.ts';

/** Number of spare slots when the capacity grows. Attention also reads empty slots, so there are few of them. */
export const GROWTH = 32;

/** Names of the graph inputs with a layer's cached keys and values. */
export const CACHED = { key: (l: number) => `cache_k.${l}`, value: (l: number) => `cache_v.${l}` };
/** Names of the graph outputs with a layer's new keys and values. */
export const NEW = { key: (l: number) => `new_k.${l}`, value: (l: number) => `new_v.${l}` };

/**
 * Keys and values of the tokens so far, in buffers on the host with spare capacity. The step graph reads the buffers
 * and returns the new tokens' keys and values only. Each buffer is [rows, nKeyValueHeads, capacity, d_head].
 */
export class KvCache {
  readonly #dims: ModelDims;
  #rows: number;
  #capacity = 1;
  #used = 0;
  #buffers: Map<string, Float32Array<ArrayBuffer>>;
  /** [rows, capacity]: position of the key in each slot, MASKED where the slot is empty. */
  #positions: BigInt64Array;

  /** An empty cache has one masked slot, because no tensor may be empty. */
  constructor(dims: ModelDims, rows: number) {
    this.#dims = dims;
    this.#rows = rows;
    this.#buffers = new Map(
      namesOf(dims).map(([cached]) => [cached, new Float32Array(rows * this.#rowSize)]),
    );
    this.#positions = new BigInt64Array(rows).fill(BigInt(MASKED));
  }

  /** The cache as inputs of the step graph. */
  get feeds(): Feeds {
    const { nKeyValueHeads, dHead } = this.#dims;
    const shape = [this.#rows, nKeyValueHeads, this.#capacity, dHead];
    const feeds: Record<string, Tensor> = {
      cache_positions: int64(this.#positions, [this.#rows, this.#capacity]),
    };
    for (const [name, data] of this.#buffers) feeds[name] = float32(data, shape);
    return feeds;
  }

  /**
   * Append the keys and values of `length` new tokens.
   * @param outputs of the step graph
   * @param positions [rows, length], MASKED for padding
   */
  append(outputs: Fetches, positions: BigInt64Array, length: number): void {
    if (this.#used + length > this.#capacity) this.#grow(this.#used + length + GROWTH);
    const blocks = this.#rows * this.#dims.nKeyValueHeads;
    for (const [cached, name] of namesOf(this.#dims)) {
      const buffer = this.#buffers.get(cached)!;
      const data = floats(outputs, name);
      for (let block = 0; block < blocks; block++) this.#appendBlock(buffer, data, block, length);
    }
    for (let row = 0; row < this.#rows; row++)
      this.#positions.set(
        positions.subarray(row * length, (row + 1) * length),
        row * this.#capacity + this.#used,
      );
    this.#used += length;
  }

  /** Append the new keys or values of one head of one row. */
  #appendBlock(buffer: Float32Array, data: Float32Array, block: number, length: number): void {
    const size = length * this.#dims.dHead;
    const from = block * size;
    const to = (block * this.#capacity + this.#used) * this.#dims.dHead;
    if (size > MIN_VIEW) buffer.set(data.subarray(from, from + size), to);
    else for (let i = 0; i < size; i++) buffer[to + i] = data[from + i]!;
  }

  /** Replace the rows by some of them, in this order. A row may be repeated. */
  selectRows(rows: readonly number[]): void {
    const size = this.#rowSize;
    for (const [name, buffer] of this.#buffers) {
      const selected = new Float32Array(rows.length * size);
      rows.forEach((row, i) => {
        selected.set(buffer.subarray(row * size, (row + 1) * size), i * size);
      });
      free(buffer);
      this.#buffers.set(name, selected);
    }
    const positions = new BigInt64Array(rows.length * this.#capacity);
    rows.forEach((row, i) => {
      const inRow = this.#positions.subarray(row * this.#capacity, (row + 1) * this.#capacity);
      positions.set(inRow, i * this.#capacity);
    });
    this.#positions = positions;
    this.#rows = rows.length;
  }

  /** Number of elements of one row of a buffer. */
  get #rowSize(): number {
    return this.#dims.nKeyValueHeads * this.#capacity * this.#dims.dHead;
  }

  #grow(capacity: number): void {
    const { nKeyValueHeads, dHead } = this.#dims;
    const oldCapacity = this.#capacity;
    for (const [name, buffer] of this.#buffers) {
      const larger = new Float32Array(this.#rows * nKeyValueHeads * capacity * dHead);
      for (let block = 0; block < this.#rows * nKeyValueHeads; block++)
        larger.set(
          buffer.subarray(block * oldCapacity * dHead, (block * oldCapacity + this.#used) * dHead),
          block * capacity * dHead,
        );
      free(buffer);
      this.#buffers.set(name, larger);
    }
    const positions = new BigInt64Array(this.#rows * capacity).fill(BigInt(MASKED));
    for (let row = 0; row < this.#rows; row++)
      positions.set(
        this.#positions.subarray(row * oldCapacity, row * oldCapacity + this.#used),
        row * capacity,
      );
    this.#positions = positions;
    this.#capacity = capacity;
  }
}

/** Free the memory of a buffer now. The garbage collector would free it later, with several copies of a cache live. */
const free = ({ buffer }: Float32Array<ArrayBuffer>): void => void buffer.transfer(0);

/** For up to this many elements, a loop is faster than creating a view. */
const MIN_VIEW = 256;

/** Names of the graph outputs with the new keys and values of every layer. */
export const newNames = (dims: ModelDims): string[] => namesOf(dims).map(([, name]) => name);

/** For each buffer, the names of its graph input and of the output that extends it. */
const namesOf = ({ nLayers }: ModelDims): [cached: string, name: string][] =>
  Array.from({ length: nLayers }, (_, layer): [string, string][] => [
    [CACHED.key(layer), NEW.key(layer)],
    [CACHED.value(layer), NEW.value(layer)],
  ]).flat();
