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
 * and returns the new tokens' keys and values only. Each buffer is [rows, nKeyValueHeads, capacity, d_head]. A row's tokens
 * are in its first slots, however many the other rows have.
 */
export class KvCache {
  readonly #dims: ModelDims;
  /** The first layer whose keys and values it has. */
  readonly #from: number;
  #capacity = 1;
  /** [row]: number of its tokens. */
  #lengths: number[];
  /** Longer than the rows are after some were removed. */
  #buffers: Map<string, Float32Array<ArrayBuffer>>;
  /** [rows, capacity]: position of the key in each slot, MASKED where the slot is empty. */
  #positions: BigInt64Array;

  /** An empty cache has one masked slot, because no tensor may be empty. */
  constructor(dims: ModelDims, rows: number, from = 0) {
    this.#dims = dims;
    this.#from = from;
    this.#lengths = new Array<number>(rows).fill(0);
    this.#buffers = new Map(
      namesOf(dims, from).map(([cached]) => [cached, new Float32Array(rows * this.#rowSize)]),
    );
    this.#positions = new BigInt64Array(rows).fill(EMPTY);
  }

  /** Number of elements of one row of a buffer. */
  get #rowSize(): number {
    return this.#dims.nKeyValueHeads * this.#capacity * this.#dims.dHead;
  }

  /** The cache as inputs of the step graph. */
  get feeds(): Feeds {
    return this.feedsFrom(this.#from);
  }

  /** The cache as inputs of a graph that has the layers from `from` on. */
  feedsFrom(from: number): Feeds {
    const rows = this.#lengths.length;
    const { nKeyValueHeads, dHead } = this.#dims;
    const shape = [rows, nKeyValueHeads, this.#capacity, dHead];
    const positions = this.#positions.subarray(0, rows * this.#capacity);
    const feeds: Record<string, Tensor> = {
      cache_positions: int64(positions, [rows, this.#capacity]),
    };
    for (const [name] of namesOf(this.#dims, from))
      feeds[name] = float32(this.#buffers.get(name)!.subarray(0, rows * this.#rowSize), shape);
    return feeds;
  }

  /**
   * Append the keys and values of up to `length` new tokens to each row.
   * @param outputs of the step graph
   * @param positions [rows, length], MASKED for padding, which is before a row's tokens and is not stored
   */
  append(outputs: Fetches, positions: BigInt64Array, length: number): void {
    const added = this.#lengths.map((_, row) => {
      const inRow = positions.subarray(row * length, (row + 1) * length);
      return inRow.subarray(inRow.findIndex((position) => position !== EMPTY));
    });
    const longest = Math.max(...this.#lengths.map((used, row) => used + added[row]!.length));
    if (longest > this.#capacity) this.#grow(longest + GROWTH);
    for (const [cached, name] of namesOf(this.#dims, this.#from)) {
      const [buffer, data] = [this.#buffers.get(cached)!, floats(outputs, name)];
      added.forEach((tokens, row) => {
        this.#appendRow(buffer, data, { row, length, tokens: tokens.length });
      });
    }
    added.forEach((tokens, row) => {
      this.#positions.set(tokens, row * this.#capacity + this.#lengths[row]!);
      this.#lengths[row]! += tokens.length;
    });
  }

  /** Append the new keys or values of one row: its last `tokens` of `length`, for each head. */
  #appendRow(
    buffer: Float32Array,
    data: Float32Array,
    { row, length, tokens }: { row: number; length: number; tokens: number },
  ): void {
    const { nKeyValueHeads, dHead } = this.#dims;
    const size = tokens * dHead;
    for (let block = row * nKeyValueHeads; block < (row + 1) * nKeyValueHeads; block++) {
      const from = (block + 1) * length * dHead - size;
      const to = (block * this.#capacity + this.#lengths[row]!) * dHead;
      if (size > MIN_VIEW) buffer.set(data.subarray(from, from + size), to);
      else for (let i = 0; i < size; i++) buffer[to + i] = data[from + i]!;
    }
  }

  /** A cache with copies of rows of others. */
  static of(rows: readonly CachedRow[]): KvCache {
    const copied = new KvCache(rows[0]!.cache.#dims, 0, rows[0]!.cache.#from);
    copied.#takeOver(rows, Math.max(1, ...rows.map(({ length }) => length)));
    return copied;
  }

  /** One row, with all its tokens, or its first ones. */
  row(row: number, length = this.#lengths[row]!): CachedRow {
    return { cache: this, row, length };
  }

  /**
   * Remove all rows but some. Only the last rows are copied, into the places of those that are removed.
   * @param rows ascending
   * @returns [row]: which one it was before
   */
  keepRows(rows: readonly number[]): number[] {
    const isKept = new Set(rows);
    const moved = rows.filter((row) => row >= rows.length);
    const kept = rows.map((_, row) => (isKept.has(row) ? row : moved.shift()!));
    kept.forEach((from, to) => {
      if (from === to) return;
      for (const buffer of this.#buffers.values()) moveBlock(buffer, from, to, this.#rowSize);
      moveBlock(this.#positions, from, to, this.#capacity);
    });
    this.#lengths = kept.map((row) => this.#lengths[row]!);
    return kept;
  }

  #grow(capacity: number): void {
    this.#takeOver(
      this.#lengths.map((_, row) => this.row(row)),
      capacity,
    );
  }

  /** Replace the rows by copies of some of this cache or of others. Each buffer is freed when the next is copied. */
  #takeOver(rows: readonly CachedRow[], capacity: number): void {
    const { nKeyValueHeads: heads, dHead } = this.#dims;
    for (const [name, buffer] of this.#buffers) {
      const copied = new Float32Array(rows.length * heads * capacity * dHead);
      rows.forEach(({ cache, row, length }, i) => {
        const values = cache.#buffers.get(name)!;
        for (let head = 0; head < heads; head++) {
          const from = (row * heads + head) * cache.#capacity * dHead;
          const to = (i * heads + head) * capacity * dHead;
          copied.set(values.subarray(from, from + length * dHead), to);
        }
      });
      this.#buffers.set(name, copied);
      free(buffer);
    }
    const positions = new BigInt64Array(rows.length * capacity).fill(EMPTY);
    rows.forEach(({ cache, row, length }, i) => {
      const from = row * cache.#capacity;
      positions.set(cache.#positions.subarray(from, from + length), i * capacity);
    });
    this.#positions = positions;
    this.#lengths = rows.map(({ length }) => length);
    this.#capacity = capacity;
  }
}

/** The first `length` tokens of a row of a cache. */
export interface CachedRow {
  readonly cache: KvCache;
  readonly row: number;
  readonly length: number;
}

type Values = Float32Array | BigInt64Array;

/** The position of an empty slot. */
const EMPTY = BigInt(MASKED);

const moveBlock = (values: Values, from: number, to: number, size: number): void =>
  void values.copyWithin(to * size, from * size, (from + 1) * size);

/** Free the memory of a buffer now. The garbage collector would free it later, with several copies of a cache live. */
const free = ({ buffer }: Float32Array<ArrayBuffer>): void => void buffer.transfer(0);

/** For up to this many elements, a loop is faster than creating a view. */
const MIN_VIEW = 256;

/** Names of the graph outputs with the new keys and values of every layer, or of those from `from` on. */
export const newNames = (dims: ModelDims, from = 0): string[] =>
  namesOf(dims, from).map(([, name]) => name);

/** For each buffer, the names of its graph input and of the output that extends it. */
const namesOf = ({ nLayers }: ModelDims, from: number): [cached: string, name: string][] =>
  Array.from({ length: nLayers - from }, (_, i): [string, string][] => [
    [CACHED.key(from + i), NEW.key(from + i)],
    [CACHED.value(from + i), NEW.value(from + i)],
  ]).flat();
