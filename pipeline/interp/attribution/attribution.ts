import { float32 } from '../../graph/tensor.ts';
import { floats } from '../../runtime/outputs.ts';
import type { Sae } from '../../sae/sae.ts';
import type { Reader } from '../reader.ts';
import { SaeSessions } from '../sae-sessions.ts';
import {
  type ActiveCells,
  activeCells,
  changesOf,
  forEachCell,
  nPlacesOf,
} from './active-cells.ts';
import type { DecoderProducts } from './decoder-products.ts';
import { ProductsByDensity } from './products-by-density.ts';
import { placesGraph } from './sae-graphs.ts';

/** What an SAE makes of the values that it reads at some places. */
export interface Encoded {
  readonly cells: ActiveCells;
  /** [places, d_out]: what a skip connection adds, `x W_skip`; null where there is none. */
  readonly skipped: Float32Array | null;
}

/** The value at an SAE's output hook, and the metric's gradient there, each [places, d_out]. */
export interface OutputValues {
  readonly output: Float32Array;
  readonly gradient: Float32Array;
  /** The gradient's mean over a path; left out where features are attributed to by `gradient` itself. */
  readonly meanGradient?: Float32Array;
}

/** What a metric is attributed to. */
export interface Attribution {
  readonly cells: ActiveCells;
  /** [cells]: the change of the activation along the path, times the metric's mean slope along the feature's direction. */
  readonly attributions: Float32Array;
  /** [cells]: the same with the slope at the path's end, `change · (W_dec[f] · gradient)`; the same array where no mean is given. */
  readonly gradients: Float32Array;
  readonly terms: Terms;
}

/** Sums and products at each place, each [places]. Where features start at 0, the last four add up to `gradient · output`. */
export interface Terms {
  /** The place's `attributions`, added up. */
  readonly features: Float32Array;
  /** The place's `gradients`, added up. */
  readonly gradient: Float32Array;
  /** `errorTerm · gradient` */
  readonly error: Float32Array;
  /** `b_dec · gradient` */
  readonly bias: Float32Array;
  /** `(x W_skip) · gradient`; null where there is no skip connection. */
  readonly skip: Float32Array | null;
}

/**
 * Attribution of a metric to the features of SAEs: activation × gradient, at active features alone. Of an SAE's two
 * products with all of its features only the encoder's is computed; Gemma Scope has about 71 of 16,384 features active.
 *
 * An SAE with its error term leaves the forward pass unchanged. The gradient with respect to its output is therefore
 * the gradient of the plain model at the output hook, and the backward pass needs no SAE.
 *
 * The error's attribution is computed as `gradient · output` minus the other terms. This saves computing the
 * reconstruction. A skip connection is part of the reconstruction, so its term is not in the error's.
 *
 * Source: Marks et al. (2024), arXiv 2403.19647, section 3.1.
 */
export class SaeAttribution implements AsyncDisposable {
  readonly #encoders: SaeSessions;
  readonly #products: DecoderProducts;

  constructor(
    reader: Pick<Reader, 'provider'>,
    products: DecoderProducts = new ProductsByDensity(reader),
  ) {
    this.#encoders = new SaeSessions(reader, placesGraph);
    this.#products = products;
  }

  /**
   * @param x [places, d_in]
   * @param startX [places, d_in], where the path starts; null where all features start at 0
   */
  async encode(sae: Sae, x: Float32Array, startX: Float32Array | null): Promise<Encoded> {
    const { dIn, dSae, dOut, hasSkip, params } = sae;
    const session = await this.#encoders.sessionFor(sae);
    const rows = startX === null ? x : joined(x, startX);
    const found = await session.run({ ...params, x: float32(rows, [rows.length / dIn, dIn]) });
    const acts = floats(found, 'acts');
    const nPlaces = x.length / dIn;
    const [atEnd, atStart] = [acts.subarray(0, nPlaces * dSae), acts.subarray(nPlaces * dSae)];
    return {
      cells: activeCells(dSae, atEnd, startX && atStart),
      skipped: hasSkip ? floats(found, 'skipped').subarray(0, nPlaces * dOut) : null,
    };
  }

  /** [places, d_out]: by how much the features change the output from the path's start to its end. */
  delta(sae: Sae, { cells }: Encoded): Promise<Float32Array> {
    return this.#products.decode(sae, cells, changesOf(cells));
  }

  async attribute(sae: Sae, encoded: Encoded, values: OutputValues): Promise<Attribution> {
    const { cells } = encoded;
    const changes = changesOf(cells);
    const along = async (direction: Float32Array) => {
      const slopes = await this.#products.slopes(sae, cells, direction);
      return slopes.map((slope, cell) => changes[cell]! * slope);
    };
    const gradients = await along(values.gradient);
    const attributions = values.meanGradient ? await along(values.meanGradient) : gradients;
    return {
      cells,
      attributions,
      gradients,
      terms: termsOf(sae, encoded, values, { attributions, gradients }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#encoders[Symbol.asyncDispose]();
    await this.#products[Symbol.asyncDispose]();
  }
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function termsOf(
  { params: { b_dec } }: Sae,
  { cells, skipped }: Encoded,
  { output, gradient }: OutputValues,
  { attributions, gradients }: Pick<Attribution, 'attributions' | 'gradients'>,
): Terms {
  const features = perPlace(cells, attributions);
  const byGradient = attributions === gradients ? features : perPlace(cells, gradients);
  const dotted = (values: Float32Array) => dots(values, gradient, nPlacesOf(cells));
  const bias = dotted(b_dec.data);
  const skip = skipped && dotted(skipped);
  const error = dotted(output).map(
    (whole, place) => whole - byGradient[place]! - bias[place]! - (skip?.[place] ?? 0),
  );
  return { features, gradient: byGradient, error, bias, skip };
}

/** [places]: the values of each place's cells, added up. */
function perPlace(cells: ActiveCells, values: Float32Array): Float32Array {
  const sums = new Float64Array(nPlacesOf(cells));
  forEachCell(cells, (cell, place) => {
    sums[place]! += values[cell]!;
  });
  return Float32Array.from(sums);
}

/** [n]: the dot product of each row of `b` [n, width] with the same row of `a`, or with all of `a` where that is one row. */
function dots(a: Float32Array, b: Float32Array, n: number): Float32Array {
  const width = b.length / n;
  const step = a.length === width ? 0 : width;
  return Float32Array.from({ length: n }, (_, row) => {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += a[row * step + i]! * b[row * width + i]!;
    return sum;
  });
}
