import { float32, int64 } from '../../graph/tensor.ts';
import { padLeft } from '../../runtime/batch.ts';
import { floats } from '../../runtime/outputs.ts';
import { type Feeds, openSession, type Session } from '../../runtime/session.ts';
import type { Sae } from '../../sae/sae.ts';
import type { Reader } from '../reader.ts';
import type { ActiveLayer } from './active-layer.ts';
import type { Transcoders } from './linear-view.ts';
import { errorName, keepName, paramFeeds, restName, spliceGraph } from './splice-graph.ts';
import type { Decision } from './target-vectors.ts';
import type { TracedCircuit } from './trace-circuits.ts';

/** A feature at a position. */
export interface Cell {
  readonly layer: number;
  readonly pos: number;
  /** Index in the layer's transcoder. */
  readonly feature: number;
}

/** Some features, and what is done with them. */
export interface Splice {
  readonly cells: readonly Cell[];
  /** Whether these alone keep their activations, or all others do. */
  readonly are: 'kept' | 'removed';
  /** The transcoders' errors: those that arise, none, or those given. */
  readonly errors: 'own' | 'none' | 'given';
}

/** What stands in place of a layer's features and error; null for a layer without a transcoder. */
export type Rest = readonly (LayerRest | null)[];

export interface LayerRest {
  /** [T, d_sae]: activations of the features that are not kept. */
  readonly acts: Float32Array;
  /** [T, d_model]; zero where left out. */
  readonly error?: Float32Array;
}

/** What one layer's features and error are in a sequence, to stand in place of those of another. */
export const layerRest = (layer: ActiveLayer, dSae: number): LayerRest => ({
  acts: denseActs(layer, dSae),
  error: layer.error,
});

/** The same activations at each of T positions. @param values [layer][d_sae]; null for a layer without a transcoder */
export const restAt = (values: readonly (Float32Array | null)[], T: number): Rest =>
  values.map((ofLayer) => {
    if (!ofLayer) return null;
    const acts = new Float32Array(T * ofLayer.length);
    for (let pos = 0; pos < T; pos++) acts.set(ofLayer, pos * ofLayer.length);
    return { acts };
  });

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
    { ids }: Pick<TracedCircuit, 'ids'>,
    { end, again }: Decision,
    rest: Rest,
    splices: readonly Splice[],
  ): Promise<number[]> {
    const { batchSize, uncounted } = this.#reader;
    const fixed = { ...paramFeeds(this.#transcoders), ...this.#restFeeds(rest) };
    const metrics: number[] = [];
    for (let start = 0; start < splices.length; start += batchSize) {
      const part = splices.slice(start, start + batchSize);
      const [B, T] = [part.length, ids.length];
      const batch = padLeft(part.map(() => ids));
      const outputs = await this.#session.run({
        ...batch.feeds,
        ...fixed,
        ...this.#keepFeeds(T, part),
        errors: errorsAre(part, 'own'),
        'given errors': errorsAre(part, 'given'),
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

  #restFeeds(rest: Rest): Feeds {
    return Object.fromEntries(
      this.#transcoders.flatMap((coder, layer) => {
        if (!coder) return [];
        const { acts, error } = rest[layer]!;
        const T = acts.length / coder.dSae;
        const given = error ?? new Float32Array(T * coder.dOut);
        return [
          [restName(layer), float32(acts, [1, T, coder.dSae])],
          [errorName(layer), float32(given, [1, T, coder.dOut])],
        ];
      }),
    );
  }

  #keepFeeds(T: number, splices: readonly Splice[]): Feeds {
    const B = splices.length;
    const masks = this.#transcoders.map((coder) => coder && new Float32Array(B * T * coder.dSae));
    splices.forEach(({ cells, are }, row) => {
      for (const mask of masks) {
        if (!mask || are === 'kept') continue;
        const size = mask.length / B;
        mask.fill(1, row * size, (row + 1) * size);
      }
      for (const { layer, pos, feature } of cells) {
        const at = (row * T + pos) * this.#transcoders[layer]!.dSae + feature;
        masks[layer]![at] = are === 'kept' ? 1 : 0;
      }
    });
    return Object.fromEntries(
      masks.flatMap((mask, layer) =>
        mask ? [[keepName(layer), float32(mask, [B, T, mask.length / (B * T)])]] : [],
      ),
    );
  }
}

/** [B, 1, 1]: 1 where a splice's errors are of a kind, else 0. */
const errorsAre = (splices: readonly Splice[], kind: Splice['errors']) =>
  float32(
    splices.map(({ errors }) => Number(errors === kind)),
    [splices.length, 1, 1],
  );

/** The cell of a source that is a feature. */
export function cellOf(
  { layers, tracing }: Pick<TracedCircuit, 'layers' | 'tracing'>,
  source: number,
): Cell {
  const { layer, pos, index } = tracing.sources.at(source);
  return { layer, pos, feature: layers[layer]!.features[index]! };
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
