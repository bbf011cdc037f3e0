import type { Sae } from '../../sae/sae.ts';
import type { ActiveCells } from './active-cells.ts';

/** Products of an SAE's decoder with what stands at active features. */
export interface DecoderProducts extends AsyncDisposable {
  /**
   * [cells]: the metric's slope along each active feature's direction, `W_dec[f] · gradient`.
   * @param gradient [places, d_out]
   */
  slopes(sae: Sae, cells: ActiveCells, gradient: Float32Array): Promise<Float32Array>;
  /**
   * [places, d_out]: `Σ values[f] · W_dec[f]` over the active features of each place.
   * @param values [cells]
   */
  decode(sae: Sae, cells: ActiveCells, values: Float32Array): Promise<Float32Array>;
}
