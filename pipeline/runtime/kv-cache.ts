import { float32, int64, type Tensor } from '../graph/tensor.ts';
import type { ModelDims } from '../models/architecture.ts';
import { MASKED } from '../models/attention-bias.ts';
import { floats } from './outputs.ts';
import type { Feeds, Fetches } from './session.ts';

/** Slots are added this many at a time: attention reads all of them, copying happens seldom. */
export const GROWTH = 32;

/** Names of a layer's cached and new keys and values, as graph inputs and outputs. */
export const CACHED = { key: (l: number) => `cache_k.${l}`, value: (l: number) => `cache_v.${l}` };
export const NEW = { key: (l: number) => `new_k.${l}`, value: (l: number) => `new_v.${l}` };

/**
 * Keys and values of the tokens so far, in buffers of fixed capacity that the host owns: a step of the graph
 * reads them where they lie and returns only its own. Each buffer is [rows, heads, capacity, d_head].
 */
export class KvCache {
  readonly #dims: ModelDims;
  #rows: number;
  #capacity = 1;
  #used = 0;
  #buffers: Map<string, Float32Array>;
  /** [rows, capacity]: MASKED where there is no key. */
  #positions: BigInt64Array;

  /** An empty cache has one slot that no query sees, so that no tensor is empty. */
  constructor(dims: ModelDims, rows: number) {
    this.#dims = dims;
    this.#rows = rows;
    this.#buffers = new Map(
      namesOf(dims).map(([cached]) => [cached, new Float32Array(rows * this.#width)]),
    );
    this.#positions = new BigInt64Array(rows).fill(BigInt(MASKED));
  }

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

  /** Append the new values of one head of one row. */
  #appendBlock(buffer: Float32Array, data: Float32Array, block: number, length: number): void {
    const size = length * this.#dims.dHead;
    const from = block * size;
    const to = (block * this.#capacity + this.#used) * this.#dims.dHead;
    if (size > FEW) buffer.set(data.subarray(from, from + size), to);
    else for (let i = 0; i < size; i++) buffer[to + i] = data[from + i]!;
  }

  /** Keep these rows only, in this order; one may be named more than once. */
  keep(rows: readonly number[]): void {
    const width = this.#width;
    for (const [name, buffer] of this.#buffers) {
      const kept = new Float32Array(rows.length * width);
      rows.forEach((row, i) => {
        kept.set(buffer.subarray(row * width, (row + 1) * width), i * width);
      });
      free(buffer);
      this.#buffers.set(name, kept);
    }
    const positions = new BigInt64Array(rows.length * this.#capacity);
    rows.forEach((row, i) => {
      const own = this.#positions.subarray(row * this.#capacity, (row + 1) * this.#capacity);
      positions.set(own, i * this.#capacity);
    });
    this.#positions = positions;
    this.#rows = rows.length;
  }

  /** Elements of one row of a buffer. */
  get #width(): number {
    return this.#dims.nKeyValueHeads * this.#capacity * this.#dims.dHead;
  }

  #grow(capacity: number): void {
    const { nKeyValueHeads, dHead } = this.#dims;
    const before = this.#capacity;
    for (const [name, buffer] of this.#buffers) {
      const larger = new Float32Array(this.#rows * nKeyValueHeads * capacity * dHead);
      for (let block = 0; block < this.#rows * nKeyValueHeads; block++)
        larger.set(
          buffer.subarray(block * before * dHead, (block * before + this.#used) * dHead),
          block * capacity * dHead,
        );
      free(buffer);
      this.#buffers.set(name, larger);
    }
    const positions = new BigInt64Array(this.#rows * capacity).fill(BigInt(MASKED));
    for (let row = 0; row < this.#rows; row++)
      positions.set(
        this.#positions.subarray(row * before, row * before + this.#used),
        row * capacity,
      );
    this.#positions = positions;
    this.#capacity = capacity;
  }
}

/** Give the memory back now: the collector would leave several generations of a cache lying about. */
const free = ({ buffer }: Float32Array): void => void (buffer as ArrayBuffer).transfer(0);

/** A view costs more than the few values of one token. */
const FEW = 256;

/** The outputs that fill the buffers of every layer. */
export const newNames = (dims: ModelDims): string[] => namesOf(dims).map(([, name]) => name);

/** The buffers of every layer, each with the output that fills it. */
const namesOf = ({ nLayers }: ModelDims): [cached: string, name: string][] =>
  Array.from({ length: nLayers }, (_, layer): [string, string][] => [
    [CACHED.key(layer), NEW.key(layer)],
    [CACHED.value(layer), NEW.value(layer)],
  ]).flat();
