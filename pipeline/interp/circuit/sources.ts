import { floats } from '../../runtime/outputs.ts';
import type { Fetches } from '../../runtime/session.ts';
import type { ActiveLayer } from './active-layer.ts';
import { OTHERS, TERMS_OF_EMBEDDING, termsOfLayer } from './response-graph.ts';

/** One row of a batch of readings, in the outputs of a response graph. */
export interface TermsRow {
  readonly outputs: Fetches;
  readonly row: number;
  /** Readings of the batch. */
  readonly rows: number;
}

export interface Source {
  readonly kind: 'feature' | 'error' | 'embedding';
  /** −1 for embedded tokens. */
  readonly layer: number;
  readonly pos: number;
  /** Index among the layer's active features; −1 for others. */
  readonly index: number;
}

/**
 * All sources of one sequence's readings as one list, by layer: the embedded tokens, then each layer's active features and its
 * errors. The sources of a layer's readings are those before the layer's own.
 */
export class Sources {
  readonly #T: number;
  readonly #layers: readonly ActiveLayer[];
  /** [layer]: index of the layer's first source; last the number of all. */
  readonly starts: readonly number[];

  constructor(T: number, layers: readonly ActiveLayer[]) {
    this.#T = T;
    this.#layers = layers;
    const starts = [T];
    for (const { acts } of layers) starts.push(starts.at(-1)! + acts.length + T);
    this.starts = starts;
  }

  get length(): number {
    return this.starts.at(-1)!;
  }

  /** The source with an index. */
  at(source: number): Source {
    if (source < this.#T) return { kind: 'embedding', layer: -1, pos: source, index: -1 };
    const layer = this.starts.findLastIndex((start) => start <= source);
    const index = source - this.starts[layer]!;
    const { positions } = this.#layers[layer]!;
    return index < positions.length
      ? { kind: 'feature', layer, pos: positions[index]!, index }
      : { kind: 'error', layer, pos: index - positions.length, index: -1 };
  }

  /** The terms of a reading, by source. @param target layer of the reading; the number of layers for the last residual stream */
  terms(target: number, { outputs, row, rows }: TermsRow): Float32Array {
    const T = this.#T;
    const terms = new Float32Array(this.starts[target]!);
    terms.set(floats(outputs, TERMS_OF_EMBEDDING).subarray(row * T, (row + 1) * T));
    for (let layer = 0; layer < target; layer++) {
      const values = floats(outputs, termsOfLayer(layer));
      const width = values.length / (T * rows);
      const { starts, acts } = this.#layers[layer]!;
      const first = this.starts[layer]!;
      for (let pos = 0; pos < T; pos++) {
        const at = (pos * rows + row) * width;
        const [start, end] = [starts[pos]!, starts[pos + 1]!];
        terms[first + acts.length + pos] = values[at]!; // the error; the bias is no source
        const ofFeatures = at + OTHERS;
        terms.set(values.subarray(ofFeatures, ofFeatures + end - start), first + start);
      }
    }
    return terms;
  }
}
