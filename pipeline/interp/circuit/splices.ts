import { float32, int64 } from '../../graph/tensor.ts';
import { padLeft } from '../../runtime/batch.ts';
import { floats } from '../../runtime/outputs.ts';
import { type Feeds, openSession, type Session } from '../../runtime/session.ts';
import type { Sae } from '../../sae/sae.ts';
import type { Reader } from '../reader.ts';
import type { ActiveLayer } from './active-layer.ts';
import type { Transcoders } from './linear-view.ts';
import { keepName, paramName, restName, spliceGraph } from './splice-graph.ts';
import type { Decision } from './target-vectors.ts';
import type { TracedCircuit } from './trace-circuits.ts';

/** The features of a circuit by their sources, and what is done with them. */
export interface Splice {
  /** Indices among the sources of features. */
  readonly nodes: readonly number[];
  /** Whether these alone keep their activations, or all others do. */
  readonly are: 'kept' | 'removed';
  readonly errors: boolean;
}

/** [layer]: activations of the features that are not kept, [T, d_sae]; null for a layer without a transcoder. */
export type Rest = readonly (Float32Array | null)[];

/** Measures the metric of a sequence with parts of its circuit. */
export class Splices implements AsyncDisposable {
  readonly #reader: Reader;
  readonly #transcoders: Transcoders<Sae>;
  readonly #session: Session;

  private constructor(reader: Reader, transcoders: Transcoders<Sae>, session: Session) {
    this.#reader = reader;
    this.#transcoders = transcoders;
    this.#session = session;
  }

  static async open(reader: Reader, transcoders: Transcoders<Sae>): Promise<Splices> {
    const session = await openSession(spliceGraph(reader.model, transcoders), reader);
    return new Splices(reader, transcoders, session);
  }

  /** The logit of the end minus that of again after the last token, in the order of the splices. */
  async measure(
    circuit: TracedCircuit,
    { end, again }: Decision,
    rest: Rest,
    splices: readonly Splice[],
  ): Promise<number[]> {
    const { batchSize, uncounted } = this.#reader;
    const { ids } = circuit;
    const fixed = { ...this.#paramFeeds(), ...this.#restFeeds(rest) };
    const metrics: number[] = [];
    for (let start = 0; start < splices.length; start += batchSize) {
      const part = splices.slice(start, start + batchSize);
      const [B, T] = [part.length, ids.length];
      const batch = padLeft(part.map(() => ids));
      const outputs = await this.#session.run({
        ...batch.feeds,
        ...fixed,
        ...this.#keepFeeds(circuit, part),
        errors: float32(
          part.map(({ errors }) => Number(errors)),
          [B, 1, 1],
        ),
        counted: batch.mask(uncounted),
        last: int64(
          part.map((_, row) => (row + 1) * T - 1),
          [B],
        ),
        pair: int64(
          part.flatMap(() => [end, again]),
          [B, 2],
        ),
      });
      metrics.push(...floats(outputs, 'metric'));
    }
    return metrics;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#session.release();
  }

  #paramFeeds(): Feeds {
    const feeds: Record<string, Feeds[string]> = {};
    this.#transcoders.forEach((coder, layer) => {
      if (!coder) return;
      const { W_enc, b_enc, W_dec, b_dec, threshold, W_skip } = coder.params;
      Object.assign(feeds, {
        [paramName(layer, 'W_enc')]: W_enc,
        [paramName(layer, 'b_enc')]: b_enc,
        [paramName(layer, 'W_dec')]: W_dec,
        [paramName(layer, 'b_dec')]: b_dec,
        [paramName(layer, 'threshold')]: threshold,
      });
      if (W_skip) feeds[paramName(layer, 'W_skip')] = W_skip;
    });
    return feeds;
  }

  #restFeeds(rest: Rest): Feeds {
    return Object.fromEntries(
      this.#transcoders.flatMap((coder, layer) => {
        if (!coder) return [];
        const values = rest[layer]!;
        return [[restName(layer), float32(values, [1, values.length / coder.dSae, coder.dSae])]];
      }),
    );
  }

  #keepFeeds({ ids, layers, tracing }: TracedCircuit, splices: readonly Splice[]): Feeds {
    const [B, T] = [splices.length, ids.length];
    const masks = this.#transcoders.map((coder) => coder && new Float32Array(B * T * coder.dSae));
    splices.forEach(({ nodes, are }, row) => {
      for (const [layer, mask] of masks.entries()) {
        const size = T * (this.#transcoders[layer]?.dSae ?? 0);
        if (are === 'removed') mask?.fill(1, row * size, (row + 1) * size);
      }
      for (const node of nodes) {
        const { layer, pos, index } = tracing.sources.at(node);
        const { dSae } = this.#transcoders[layer]!;
        const feature = layers[layer]!.features[index]!;
        masks[layer]![(row * T + pos) * dSae + feature] = are === 'kept' ? 1 : 0;
      }
    });
    return Object.fromEntries(
      masks.flatMap((mask, layer) =>
        mask ? [[keepName(layer), float32(mask, [B, T, mask.length / (B * T)])]] : [],
      ),
    );
  }
}

/** [T, d_sae]: the activations of a layer's features as a block. */
export function denseActs(
  { positions, features, acts, starts }: ActiveLayer,
  dSae: number,
): Float32Array {
  const dense = new Float32Array((starts.length - 1) * dSae);
  acts.forEach((act, i) => {
    dense[positions[i]! * dSae + features[i]!] = act;
  });
  return dense;
}
