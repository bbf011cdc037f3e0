import type { Provider } from '../../runtime/provider.ts';
import type { Sae } from '../../sae/sae.ts';
import type { Reader } from '../reader.ts';
import { type ActiveCells, densityOf } from './active-cells.ts';
import type { DecoderProducts } from './decoder-products.ts';
import { GatheredProducts } from './gathered-products.ts';
import { WholeProducts } from './whole-products.ts';

/**
 * The density up to which rows are gathered. On the CPU, gathering takes as long as the whole product at about 1.6 % of the
 * features where rows have 768 numbers, and above 2 % where they have 2,304 (`npm run bench -- attribution`). On a GPU,
 * where nothing was measured, the whole product is computed.
 */
export const GATHERED_UP_TO: Readonly<Record<Provider, number>> = {
  cpu: 0.015,
  cuda: 0,
  webgpu: 0,
};

/**
 * Of a few active features, their rows of the decoder are gathered; of many, the whole product is computed. The density of
 * a batch alone decides, never a clock: the same batch takes the same way anywhere. The two differ by the rounding of
 * float32.
 */
export class ProductsByDensity implements DecoderProducts {
  readonly #gathered: GatheredProducts;
  readonly #whole: WholeProducts;
  readonly #gatheredUpTo: number;

  constructor(reader: Pick<Reader, 'provider'>) {
    this.#gathered = new GatheredProducts(reader);
    this.#whole = new WholeProducts(reader);
    this.#gatheredUpTo = GATHERED_UP_TO[reader.provider];
  }

  slopes(sae: Sae, cells: ActiveCells, gradient: Float32Array): Promise<Float32Array> {
    return this.#productsOf(cells).slopes(sae, cells, gradient);
  }

  decode(sae: Sae, cells: ActiveCells, values: Float32Array): Promise<Float32Array> {
    return this.#productsOf(cells).decode(sae, cells, values);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gathered[Symbol.asyncDispose]();
    await this.#whole[Symbol.asyncDispose]();
  }

  #productsOf(cells: ActiveCells): DecoderProducts {
    return densityOf(cells) <= this.#gatheredUpTo ? this.#gathered : this.#whole;
  }
}
