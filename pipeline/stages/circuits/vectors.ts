import type { Transcoders } from '../../interp/circuit/linear-view.ts';
import type { TracedCircuit } from '../../interp/circuit/trace-circuits.ts';
import type { Sae } from '../../sae/sae.ts';

/** [d_model]: what a source adds at its position. */
export function vectorOf(
  { values, layers, tracing }: TracedCircuit,
  transcoders: Transcoders<Sae>,
  source: number,
): Float32Array {
  const { kind, layer, pos, index } = tracing.sources.at(source);
  const width = values.embed.length / values.batch.length;
  const at = (all: Float32Array) => all.subarray(pos * width, (pos + 1) * width);
  if (kind === 'embedding') return at(values.embed);
  const { error, features, acts } = layers[layer]!;
  if (kind === 'error') return at(error);
  const row = features[index]! * width;
  return transcoders[layer]!.params.W_dec.data.subarray(row, row + width).map(
    (weight) => weight * acts[index]!,
  );
}
