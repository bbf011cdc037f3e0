import type { Graph, Value } from '../graph/builder.ts';
import { reshape, split } from '../graph/layout.ts';
import { float32, sizeOf, type Tensor } from '../graph/tensor.ts';
import type { Architecture } from '../models/architecture.ts';
import { keyedRandom } from '../stats/random.ts';

/** The trained parameters: shapes by name. */
export type Trainable = Pick<Architecture, 'weights'>;

/** The total number of parameters. */
export const parameterCount = ({ weights }: Trainable): number =>
  [...weights.values()].reduce((sum, dims) => sum + sizeOf(dims), 0);

/** All weights as slices of one flat graph input, `parameters`, in the order of `weights`. */
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

/** A flat parameter vector as named tensors, as in a checkpoint. */
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
 * Initial parameters: matrices are normal with variance 1 / fan-in, norms are the identity. A norm after a sublayer
 * starts at 1/√(number of sublayers), so that all sublayers together add about unit RMS to the residual stream.
 */
export function initialParameters({ weights, dims }: Architecture, seed: number): Float32Array {
  const afterSublayer = 1 / Math.sqrt(2 * dims.nLayers) - 1;
  const parts = [...weights].map(([name, shape]) => {
    const n = sizeOf(shape);
    if (shape.length === 1)
      return new Float32Array(n).fill(/post_\w+_layernorm/.test(name) ? afterSublayer : 0);
    const random = keyedRandom(seed, `init ${name}`);
    const std = 1 / Math.sqrt(shape[1]!);
    return Float32Array.from({ length: n }, () => std * standardNormal(random));
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
export const standardNormal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
