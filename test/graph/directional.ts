import assert from 'node:assert/strict';
import { Graph, type Shape, type Value } from '../../pipeline/graph/builder.ts';
import { total } from '../../pipeline/graph/functions.ts';
import { mul } from '../../pipeline/graph/ops.ts';
import { sizeOf, type Tensor, type TensorData } from '../../pipeline/graph/tensor.ts';
import { vjp } from '../../pipeline/graph/vjp.ts';
import { type Feeds, openSession } from '../../pipeline/runtime/session.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';

/** Lengths that the symbolic axes of a case are run with. */
export const AXES: Readonly<Record<string, number>> = { B: 2, T: 3 };

export interface Case {
  readonly name: string;
  /** float64 inputs, all of which are differentiated. */
  readonly inputs: readonly Shape[];
  /** Makes a float64 value of axes that AXES knows. Indices and conditions are made inside. */
  readonly build: (graph: Graph, ...inputs: Value[]) => Value;
  /** Draws of the inputs lie in [low, high); (−1, 1) where left out. */
  readonly range?: readonly [low: number, high: number];
  /** Largest relative error; 1e-7 where left out, which float64 throughout allows. */
  readonly tolerance?: number;
}

export function buildCase(at: Case): { graph: Graph; inputs: Value[]; y: Value } {
  const graph = new Graph();
  const inputs = at.inputs.map((shape, i) => graph.input(`x${i}`, 'float64', shape));
  return { graph, inputs, y: at.build(graph, ...inputs) };
}

/**
 * Hold `vjp` against a central difference.
 * @throws where they differ by more than the case's tolerance
 */
export async function assertDerivative(at: Case): Promise<void> {
  const { analytic, numeric } = await derivatives(at);
  const error = Math.abs(analytic / numeric - 1);
  assert.ok(
    error <= (at.tolerance ?? 1e-7),
    `${at.name}: ${analytic} by vjp, ${numeric} by differences: relative error ${error}`,
  );
}

/**
 * A derivative by `vjp` and by a central difference: move all inputs along one random direction d, and weight the
 * output by one random cotangent g. With y the output and xᵢ the inputs,
 * `Σᵢ dᵢ · vjp(y, xᵢ, g) = (g · y(x + h d) − g · y(x − h d)) / 2h + O(h²)`.
 */
export async function derivatives(at: Case): Promise<{ analytic: number; numeric: number }> {
  const draw = drawer(at.name);
  const point = at.inputs.map((shape) => draw(shape, at.range));
  const direction = at.inputs.map((shape) => draw(shape));
  const { graph, cotangentShape } = withGradients(at);
  const seed = draw(cotangentShape);
  await using session = await openSession(graph, { provider: 'cpu', threads: 1 });
  const run = (h: number) => session.run({ ...moved(point, direction, h), seed });

  const found = await run(0);
  const analytic = direction
    .map(({ data }, i) => dot(data, found[`gradient${i}`]!.data))
    .reduce((a, b) => a + b, 0);
  const h = at.tolerance === undefined ? 1e-5 : 1e-2; // rounding grows as the step shrinks
  const [ahead, behind] = [await run(h), await run(-h)];
  const weighted = [ahead, behind].map((outputs) => Number(outputs.weighted!.data[0]));
  return { analytic, numeric: (weighted[0]! - weighted[1]!) / (2 * h) };
}

/** The case with `weighted`, its output weighted by the input `seed`, and the gradient of every input. */
function withGradients(at: Case): { graph: Graph; cotangentShape: Shape } {
  const { graph, inputs, y } = buildCase(at);
  const seed = graph.input('seed', 'float64', y.shape);
  graph.output('weighted', total(mul(y, seed)));
  vjp(y, inputs, seed).forEach((gradient, i) => {
    const { dtype, shape } = inputs[i]!;
    assert.deepEqual([gradient.dtype, gradient.shape], [dtype, shape], `${at.name}: gradient ${i}`);
    graph.output(`gradient${i}`, gradient);
  });
  return { graph, cotangentShape: y.shape };
}

function drawer(name: string): (shape: Shape, range?: Case['range']) => Tensor<Float64Array> {
  const random = keyedRandom(7, name);
  return (shape, [low, high] = [-1, 1]) => {
    const dims = shape.map((d) => (typeof d === 'number' ? d : AXES[d]!));
    const data = Float64Array.from({ length: sizeOf(dims) }, () => low + (high - low) * random());
    return { dtype: 'float64', dims, data };
  };
}

const moved = (
  point: readonly Tensor<Float64Array>[],
  direction: readonly Tensor<Float64Array>[],
  h: number,
): Feeds =>
  Object.fromEntries(
    point.map((x, i) => {
      const data = x.data.map((v, j) => v + h * direction[i]!.data[j]!);
      return [`x${i}`, { ...x, data }];
    }),
  );

const dot = (a: Float64Array, b: TensorData): number =>
  a.reduce((sum, x, i) => sum + x * Number(b[i]), 0);
