import type { Graph, Value } from '../graph/builder.ts';
import { reshape, split } from '../graph/ops.ts';
import { float32, sizeOf, type Tensor } from '../graph/tensor.ts';
import type { Architecture } from '../models/architecture.ts';
import { keyedRandom } from '../stats/random.ts';

/** What is trained: names and shapes. */
export type Trainable = Pick<Architecture, 'weights'>;

/** Number of parameters of a model. */
export const parameterCount = ({ weights }: Trainable): number =>
  [...weights.values()].reduce((sum, dims) => sum + sizeOf(dims), 0);

/** All weights as views into one flat input of the graph, in the order of `weights`. */
export function flatWeights(
  { weights }: Trainable,
  graph: Graph,
): { readonly flat: Value; readonly load: (name: string) => Value } {
  const shapes = [...weights];
  const count = shapes.reduce((sum, [, dims]) => sum + sizeOf(dims), 0);
  const flat = graph.input('parameters', 'float32', [count]);
  const parts = split(
    flat,
    shapes.map(([, dims]) => sizeOf(dims)),
    0,
  );
  const values = new Map(shapes.map(([name, dims], i) => [name, reshape(parts[i]!, dims)]));
  return { flat, load: (name) => values.get(name)! };
}

/** The flat vector as named tensors, as a checkpoint holds them. */
export function namedTensors(
  { weights }: Trainable,
  parameters: Float32Array,
): Record<string, Tensor<Float32Array>> {
  let start = 0;
  return Object.fromEntries(
    [...weights].map(([name, dims]) => {
      const end = start + sizeOf(dims);
      const tensor = float32(parameters.slice(start, end), dims);
      start = end;
      return [name, tensor];
    }),
  );
}

/**
 * Parameters to begin from: matrices normal with variance 1 / fan-in, norms the identity; a norm after a
 * sub-layer starts at 1/√(sub-layers), so that together they add a residual stream of unit size.
 */
export function initialParameters({ weights, dims }: Architecture, seed: number): Float32Array {
  const afterSublayer = 1 / Math.sqrt(2 * dims.nLayers) - 1;
  const parts = [...weights].map(([name, shape]) => {
    const n = sizeOf(shape);
    if (shape.length === 1)
      return new Float32Array(n).fill(/post_\w+_layernorm/.test(name) ? afterSublayer : 0);
    const random = keyedRandom(seed, `init ${name}`);
    const std = 1 / Math.sqrt(shape[1]!);
    return Float32Array.from({ length: n }, () => std * normal(random));
  });
  const flat = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    flat.set(part, start);
    start += part.length;
  }
  return flat;
}

/** A standard normal draw. Source: Box & Muller (1958). */
export const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
