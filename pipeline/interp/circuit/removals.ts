import { float32, int64, type Tensor } from '../../graph/tensor.ts';
import { padLeft } from '../../runtime/batch.ts';
import { floats } from '../../runtime/outputs.ts';
import { type Feeds, openSession, type Session } from '../../runtime/session.ts';
import type { Sae } from '../../sae/sae.ts';
import type { Reader } from '../reader.ts';
import { givenName, isPattern, mlpOutput, skipFeeds, type Transcoders } from './linear-view.ts';
import { cleanName, type Held, removalGraph, siteOfLayer } from './removal-graph.ts';
import type { Decision } from './target-vectors.ts';
import type { TracedCircuit } from './trace-circuits.ts';

/** A vector to take away from what a layer's MLP adds at a position; layer −1 for the embedded tokens. */
export interface Removal {
  readonly layer: number;
  readonly pos: number;
  /** [d_model] */
  readonly vector: Float32Array;
  /** What is read where MLPs are held: a vector's product with what the transcoder of a layer reads. */
  readonly read?: { readonly layer: number; readonly pos: number; readonly vector: Float32Array };
}

/** What is measured under a removal. */
export interface Removed {
  /** Probabilities after the last token. */
  readonly p: { readonly end: number; readonly again: number };
  /** The value of `read`; 0 where nothing is read. */
  readonly reading: number;
}

/** Measures removals, one sequence at a time. */
export class Removals implements AsyncDisposable {
  readonly #reader: Reader;
  readonly #transcoders: Transcoders<Sae>;
  readonly #held: Held;
  readonly #session: Session;

  private constructor(
    reader: Reader,
    transcoders: Transcoders<Sae>,
    { held, session }: { held: Held; session: Session },
  ) {
    this.#reader = reader;
    this.#transcoders = transcoders;
    this.#held = held;
    this.#session = session;
  }

  static async open(reader: Reader, transcoders: Transcoders<Sae>, held: Held): Promise<Removals> {
    const session = await openSession(removalGraph(reader.model, transcoders, held), reader);
    return new Removals(reader, transcoders, { held, session });
  }

  /** In the order of the removals. */
  async measure(
    circuit: Pick<TracedCircuit, 'ids' | 'values'>,
    decision: Decision,
    removals: readonly Removal[],
  ): Promise<Removed[]> {
    const { batchSize } = this.#reader;
    const held = this.#heldFeeds(circuit);
    const measured: Removed[] = [];
    for (let start = 0; start < removals.length; start += batchSize) {
      const batch = removals.slice(start, start + batchSize);
      const outputs = await this.#session.run({
        ...held,
        ...this.#rowFeeds(circuit.ids, decision, batch),
      });
      const p = floats(outputs, 'p');
      const readings = this.#held === 'mlps' ? floats(outputs, 'reading') : null;
      batch.forEach((_, row) => {
        const [pEnd, pAgain] = [p[2 * row]!, p[2 * row + 1]!];
        measured.push({ p: { end: pEnd, again: pAgain }, reading: readings?.[row] ?? 0 });
      });
    }
    return measured;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#session.release();
  }

  #heldFeeds({ values: { frozen, hooks } }: Pick<TracedCircuit, 'values'>): Feeds {
    if (this.#held === 'nothing') return {};
    if (this.#held === 'patterns')
      return Object.fromEntries(Object.entries(frozen).filter(([name]) => isPattern(name)));
    const given = (hook: string) =>
      float32(hooks[hook]!, [1, hooks[hook]!.length / this.#width, this.#width]);
    return {
      ...skipFeeds(this.#transcoders),
      ...Object.fromEntries(
        this.#transcoders.flatMap((coder, layer) => [
          [givenName(mlpOutput(layer)), given(mlpOutput(layer))],
          ...(coder?.hasSkip ? [[cleanName(coder.hook), given(coder.hook)] as const] : []),
        ]),
      ),
    };
  }

  get #width(): number {
    return this.#reader.model.dims.dModel;
  }

  #rowFeeds(ids: readonly number[], { end, again }: Decision, removals: readonly Removal[]): Feeds {
    const B = removals.length;
    const T = ids.length;
    const { nLayers } = this.#reader.model.dims;
    const places = { B, T, width: this.#width };
    const feeds = {
      ...padLeft(removals.map(() => ids)).feeds,
      removed: vectorsOf(removals, places),
      at: positionsOf(removals, places),
      site: masksOf(
        removals.map(({ layer }) => siteOfLayer(layer)),
        nLayers + 1,
      ),
      last: int64(
        removals.map((_, row) => (row + 1) * T - 1),
        [B],
      ),
      pair: int64(
        removals.flatMap(() => [end, again]),
        [B, 2],
      ),
    };
    if (this.#held !== 'mlps') return feeds;
    const nothing = { layer: 0, pos: 0, vector: new Float32Array(this.#width) };
    const reads = removals.map(({ read = nothing }) => read);
    return {
      ...feeds,
      read: vectorsOf(reads, places),
      'read at': positionsOf(reads, places),
      'read layer': masksOf(
        reads.map(({ layer }) => layer),
        nLayers,
      ),
    };
  }
}

interface Sizes {
  readonly B: number;
  readonly T: number;
  readonly width: number;
}

/** [B, width] */
function vectorsOf(
  rows: readonly { readonly vector: Float32Array }[],
  { B, width }: Sizes,
): Tensor {
  const vectors = new Float32Array(B * width);
  rows.forEach(({ vector }, row) => {
    vectors.set(vector, row * width);
  });
  return float32(vectors, [B, width]);
}

/** [B, T, 1]: 1 at the position, else 0. */
function positionsOf(rows: readonly { readonly pos: number }[], { B, T }: Sizes): Tensor {
  const at = new Float32Array(B * T);
  rows.forEach(({ pos }, row) => {
    at[row * T + pos] = 1;
  });
  return float32(at, [B, T, 1]);
}

/** [n, B, 1, 1]: 1 where the row has the index, else 0. */
function masksOf(indices: readonly number[], n: number): Tensor {
  const B = indices.length;
  const masks = new Float32Array(n * B);
  indices.forEach((index, row) => {
    masks[index * B + row] = 1;
  });
  return float32(masks, [n, B, 1, 1]);
}
