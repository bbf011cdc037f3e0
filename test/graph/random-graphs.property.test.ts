import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Value } from '../../pipeline/graph/builder.ts';
import {
  entropyOfLogits,
  gelu,
  inverseRms,
  logSoftmax,
  scale,
  shift,
  silu,
  softcap,
  square,
} from '../../pipeline/graph/functions.ts';
import * as layout from '../../pipeline/graph/layout.ts';
import * as ops from '../../pipeline/graph/ops.ts';
import { runs } from '../fuzz/runs.ts';
import { type Case, derivatives } from './directional.ts';

/** Inputs that broadcast with each other, one axis of them symbolic. */
const INPUTS: Case['inputs'] = [
  ['B', 3],
  [1, 3],
  ['B', 1],
  [1, 1],
];

/**
 * Steps of a random graph: functions of two values that broadcast to [B, 3], to another one. All are smooth, and keep
 * values of a moderate size moderate.
 */
const STEPS: Readonly<Record<string, (x: Value, y: Value, like: Value) => Value>> = {
  add: (x, y) => ops.add(x, y),
  sub: (x, y) => ops.sub(x, y),
  mul: (x, y) => softcap(ops.mul(x, y), 3),
  div: (x, y) => ops.div(x, shift(square(y), 1)),
  neg: (x) => ops.neg(x),
  tanh: (x) => ops.tanh(x),
  exp: (x) => ops.exp(ops.tanh(x)),
  log: (x) => ops.log(shift(square(x), 1)),
  sqrt: (x) => ops.sqrt(shift(square(x), 1)),
  reciprocal: (x) => ops.reciprocal(shift(square(x), 1)),
  gelu: (x) => gelu(x),
  silu: (x) => silu(x),
  norm: (x, _, like) => ops.mul(full(x, like), inverseRms(full(x, like), 1e-2)),
  softmax: (x, _, like) => ops.softmax(full(x, like)),
  logSoftmax: (x, _, like) => logSoftmax(full(x, like)),
  entropy: (x, _, like) => entropyOfLogits(full(x, like)),
  sum: (x, _, like) => ops.reduceSum(full(x, like), [0]),
  mean: (x, _, like) => ops.reduceMean(full(x, like), [-1]),
  cumSum: (x, _, like) => ops.cumSum(full(x, like), { reverse: true }),
  columns: (x, _, like) => ops.gatherColumns(full(x, like), x.graph.ints([2, 0, 2])),
  turned: (x, _, like) => layout.reshape(layout.reshape(full(x, like), ['B*3']), ['B', 3]),
  swapped: (x, y, like) => {
    const [a, b] = layout.split(layout.concat([full(x, like), full(y, like)], -1), [2, 4], -1);
    return layout.split(layout.concat([b, a], -1), [3, 3], -1)[1];
  },
  attend: (x, y, like) => {
    const [queries, keys] = [full(x, like), full(y, like)];
    const scores = ops.matmul(layout.transpose(queries, [1, 0]), keys);
    return ops.matmul(queries, ops.softmax(scores));
  },
};

const full = (x: Value, like: Value): Value => layout.expandLike(ops.add(x, scale(like, 0)), like);

/** A step, and the two values that it takes, counted back from the last one. */
const step = fc.record({
  name: fc.constantFrom(...Object.keys(STEPS)),
  x: fc.nat(4),
  y: fc.nat(6),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The last value of the steps, and a little of each input, so that it depends on all. */
function build(steps: readonly Step[], inputs: readonly Value[]): Value {
  const [like] = inputs as [Value];
  const values = [...inputs];
  const back = (n: number) => values[values.length - 1 - (n % values.length)]!;
  for (const { name, x, y } of steps) values.push(STEPS[name]!(back(x), back(y), like));
  const all = inputs.reduce((product, input) => ops.mul(product, input));
  return ops.add(full(values.at(-1)!, like), scale(all, 0.3));
}

test('gradients of random graphs are those of central differences', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const name = steps.map(({ name, x, y }) => `${name}(${x}, ${y})`).join(' ');
      const { analytic, numeric } = await derivatives({
        name,
        inputs: INPUTS,
        build: (_, ...inputs) => build(steps, inputs),
      });
      const size = Math.abs(analytic) + Math.abs(numeric) + 1;
      assert.ok(
        Math.abs(analytic - numeric) <= 1e-7 * size,
        `${name}: ${analytic} by vjp, ${numeric} by differences`,
      );
    }),
    runs(0.5),
  );
});
