import assert from 'node:assert/strict';
import { Graph, type Shape, type Value } from '../../pipeline/graph/builder.ts';
import { total } from '../../pipeline/graph/functions.ts';
import { cast, mul, reshape } from '../../pipeline/graph/ops.ts';
import { vjp } from '../../pipeline/graph/vjp.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { sizeOf, type Tensor } from '../../pipeline/tensor.ts';

/** Lengths that the symbolic axes of a case are run with. */
export const AXES: Readonly<Record<string, number>> = { B: 2, T: 3 };

export interface Case {
  readonly name: string;
  /** float64 inputs that are differentiated. */
  readonly inputs: readonly Shape[];
  /** Constants of the case (indices, conditions) are made inside. */
  readonly build: (graph: Graph, ...inputs: Value[]) => Value; // of axes that AXES knows
  /** Draws of the inputs lie in [low, high); (−1, 1) where left out. */
  readonly range?: readonly [low: number, high: number];
  /** Largest relative error; float64 throughout where left out. */
  readonly tolerance?: number;
}

/**
 * The derivative of a weighted sum of the output along a random direction of all inputs, by `vjp` and by a
 * central difference of two runs, in float64.
 */
export async function assertDerivative(at: Case): Promise<void> {
  const random = keyedRandom(7, at.name);
  const graph = new Graph();
  const inputs = at.inputs.map((shape, i) => graph.input(`x${i}`, 'float64', shape));
  const y = at.build(graph, ...inputs);
  const weights = graph.input('weights', 'float64', y.shape);
  const weighted = reshape(total(mul(cast(y, 'float64'), weights)), [1]);
  graph.output('loss', weighted);
  vjp(weighted, inputs).forEach((gradient, i) => {
    assert.deepEqual(gradient.shape, inputs[i]!.shape, `${at.name}: shape of gradient ${i}`);
    graph.output(`g${i}`, gradient);
  });
  const session = await openSession(graph, { provider: 'cpu' });

  const [low, high] = at.range ?? [-1, 1];
  const draw = (shape: Shape, low: number, high: number): Tensor<Float64Array> => {
    const dims = shape.map((d) => (typeof d === 'number' ? d : AXES[d]!));
    const data = Float64Array.from({ length: sizeOf(dims) }, () => low + (high - low) * random());
    return { dtype: 'float64', dims, data };
  };
  const point = inputs.map((x) => draw(x.shape, low, high));
  const direction = inputs.map((x) => draw(x.shape, -1, 1));
  const moved = (step: number) =>
    Object.fromEntries(
      point.map((x, i) => {
        const data = x.data.map((v, j) => v + step * direction[i]!.data[j]!);
        return [`x${i}`, { ...x, data }];
      }),
    );
  const w = draw(y.shape, -1, 1);
  const run = (step: number) => session.run({ ...moved(step), weights: w });
  const found = await run(0);
  const analytic = direction.reduce(
    (sum, { data }, i) =>
      sum + data.reduce((s, d, j) => s + d * Number(found[`g${i}`]!.data[j]), 0),
    0,
  );
  const step = at.tolerance === undefined ? 1e-5 : 1e-3;
  const [ahead, behind] = [await run(step), await run(-step)];
  const numeric = (Number(ahead.loss!.data[0]) - Number(behind.loss!.data[0])) / (2 * step);
  await session.release();
  const error = Math.abs(analytic - numeric) / Math.max(1, Math.abs(numeric));
  assert.ok(
    error <= (at.tolerance ?? 1e-7),
    `${at.name}: ${analytic} by vjp, ${numeric} by differences: error ${error}`,
  );
}
