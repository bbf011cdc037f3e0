import type { Transcoders } from '../../interp/circuit/linear-view.ts';
import type { SaeSpec } from '../../sae/sae.ts';

/** A study's transcoders by their layers. @throws where a layer is beyond the model's */
export function transcodersByLayer<T extends SaeSpec>(
  transcoders: readonly T[],
  nLayers: number,
): Transcoders<T> {
  const beyond = transcoders.find(({ layer }) => layer >= nLayers);
  if (beyond)
    throw new Error(`circuits: ${beyond.id}: the model has ${nLayers} layers: name others`);
  return Array.from(
    { length: nLayers },
    (_, layer) => transcoders.find((coder) => coder.layer === layer) ?? null,
  );
}
