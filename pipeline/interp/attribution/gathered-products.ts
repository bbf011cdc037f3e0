import { float32, int64, type Tensor } from '../../graph/tensor.ts';
import { floats } from '../../runtime/outputs.ts';
import type { Sae } from '../../sae/sae.ts';
import type { Reader } from '../reader.ts';
import { SaeSessions } from '../sae-sessions.ts';
import { type ActiveCells, nPlacesOf } from './active-cells.ts';
import type { DecoderProducts } from './decoder-products.ts';
import { decodeAtGraph, slopesAtGraph } from './sae-graphs.ts';

/** Products with the decoder's rows of active features alone. */
export class GatheredProducts implements DecoderProducts {
  readonly #slopes: SaeSessions;
  readonly #decode: SaeSessions;

  constructor(reader: Pick<Reader, 'provider'>) {
    this.#slopes = new SaeSessions(reader, slopesAtGraph);
    this.#decode = new SaeSessions(reader, decodeAtGraph);
  }

  async slopes(sae: Sae, cells: ActiveCells, gradient: Float32Array): Promise<Float32Array> {
    const { dOut, params } = sae;
    const session = await this.#slopes.sessionFor(sae);
    const slopes = new Float32Array(cells.features.length);
    for (const group of groupsOf(cells, dOut)) {
      const { places, width, features } = group;
      const gradients = new Float32Array(places.length * dOut);
      places.forEach((place, row) => {
        gradients.set(gradient.subarray(place * dOut, (place + 1) * dOut), row * dOut);
      });
      const found = await session.run({
        W_dec: params.W_dec,
        features,
        gradient: float32(gradients, [places.length, dOut, 1]),
      });
      const values = floats(found, 'slopes');
      forEachPlace(group, cells, (row, start, end) => {
        slopes.set(values.subarray(row * width, row * width + end - start), start);
      });
    }
    return slopes;
  }

  async decode(sae: Sae, cells: ActiveCells, values: Float32Array): Promise<Float32Array> {
    const { dOut, params } = sae;
    const session = await this.#decode.sessionFor(sae);
    const decoded = new Float32Array(nPlacesOf(cells) * dOut);
    for (const group of groupsOf(cells, dOut)) {
      const { places, width, features } = group;
      const chosen = new Float32Array(places.length * width);
      forEachPlace(group, cells, (row, start, end) => {
        chosen.set(values.subarray(start, end), row * width);
      });
      const found = await session.run({
        W_dec: params.W_dec,
        features,
        values: float32(chosen, [places.length, 1, width]),
      });
      const rows = floats(found, 'decoded');
      places.forEach((place, row) => {
        decoded.set(rows.subarray(row * dOut, (row + 1) * dOut), place * dOut);
      });
    }
    return decoded;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#slopes[Symbol.asyncDispose]();
    await this.#decode[Symbol.asyncDispose]();
  }
}

/** Places whose rows are gathered at once. */
interface Group {
  readonly places: readonly number[];
  /** Features of each place; feature 0 fills up those of places that have fewer. */
  readonly width: number;
  /** int64 [places, width] */
  readonly features: Tensor<BigInt64Array>;
}

/** Bytes of rows that are gathered at once: so few that a processor's cache still has them when they are multiplied. */
const GROUP_BYTES = 2 ** 23;

/** The places that have active features. Those that have about as many are together, so that little is filled up. */
function* groupsOf(cells: ActiveCells, dOut: number): Generator<Group, void> {
  const { starts, features } = cells;
  const countOf = (place: number) => starts[place + 1]! - starts[place]!;
  const queue = Array.from({ length: nPlacesOf(cells) }, (_, place) => place)
    .filter((place) => countOf(place) > 0)
    .sort((a, b) => countOf(b) - countOf(a) || a - b);
  for (let next = 0; next < queue.length; ) {
    const width = countOf(queue[next]!);
    const places = queue.slice(next, next + Math.max(1, GROUP_BYTES / (4 * dOut * width)));
    next += places.length;
    const indices = new BigInt64Array(places.length * width);
    forEachPlace({ places }, cells, (row, start, end) => {
      for (let i = start; i < end; i++) indices[row * width + i - start] = BigInt(features[i]!);
    });
    yield { places, width, features: int64(indices, [places.length, width]) };
  }
}

/** @param visit is given the row of each place in its group, and where its cells start and end */
function forEachPlace(
  { places }: Pick<Group, 'places'>,
  { starts }: ActiveCells,
  visit: (row: number, start: number, end: number) => void,
): void {
  places.forEach((place, row) => {
    visit(row, starts[place]!, starts[place + 1]!);
  });
}
