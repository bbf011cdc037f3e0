import { float32 } from '../../graph/tensor.ts';
import { floats } from '../../runtime/outputs.ts';
import type { Sae } from '../../sae/sae.ts';
import type { Reader } from '../reader.ts';
import { SaeSessions } from '../sae-sessions.ts';
import { type ActiveCells, forEachCell, nPlacesOf } from './active-cells.ts';
import type { DecoderProducts } from './decoder-products.ts';
import { decodeGraph, slopesGraph } from './sae-graphs.ts';

/** Products with the whole decoder, of which those at active features are taken. */
export class WholeProducts implements DecoderProducts {
  readonly #slopes: SaeSessions;
  readonly #decode: SaeSessions;

  constructor(reader: Pick<Reader, 'provider'>) {
    this.#slopes = new SaeSessions(reader, slopesGraph);
    this.#decode = new SaeSessions(reader, decodeGraph);
  }

  async slopes(sae: Sae, cells: ActiveCells, gradient: Float32Array): Promise<Float32Array> {
    const { dSae, dOut, params } = sae;
    const session = await this.#slopes.sessionFor(sae);
    const ofPlaces = float32(gradient, [nPlacesOf(cells), dOut]);
    const found = await session.run({ W_dec: params.W_dec, gradient: ofPlaces });
    const all = floats(found, 'slopes');
    const slopes = new Float32Array(cells.features.length);
    forEachCell(cells, (cell, place) => {
      slopes[cell] = all[place * dSae + cells.features[cell]!]!;
    });
    return slopes;
  }

  async decode(sae: Sae, cells: ActiveCells, values: Float32Array): Promise<Float32Array> {
    const { dSae, params } = sae;
    const session = await this.#decode.sessionFor(sae);
    const all = new Float32Array(nPlacesOf(cells) * dSae);
    forEachCell(cells, (cell, place) => {
      all[place * dSae + cells.features[cell]!] = values[cell]!;
    });
    const ofPlaces = float32(all, [nPlacesOf(cells), dSae]);
    return floats(await session.run({ W_dec: params.W_dec, values: ofPlaces }), 'decoded');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#slopes[Symbol.asyncDispose]();
    await this.#decode[Symbol.asyncDispose]();
  }
}
