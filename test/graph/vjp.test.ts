import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Graph, type Value } from '../../pipeline/graph/builder.ts';
import { total } from '../../pipeline/graph/functions.ts';
import * as layout from '../../pipeline/graph/layout.ts';
import { loop } from '../../pipeline/graph/loop.ts';
import * as ops from '../../pipeline/graph/ops.ts';
import { vjp } from '../../pipeline/graph/vjp.ts';
import { openSession } from '../../pipeline/runtime/session.ts';

const k = (graph: Graph, n: number): Value =>
  graph.constant({ dtype: 'int64', dims: [1], data: BigInt64Array.of(BigInt(n)) });
const square = (x: Value): Value => ops.mul(x, x);

suite('vjp', () => {
  const floats = (data: number[]) => ({
    dtype: 'float64' as const,
    dims: [data.length],
    data: Float64Array.from(data),
  });
  const gradients = async (build: (x: Value) => [y: Value, wrt: Value[]], x: number[]) => {
    const graph = new Graph();
    const [y, wrt] = build(graph.input('x', 'float64', [x.length]));
    vjp(y, wrt).forEach((g, i) => {
      graph.output(`g${i}`, g);
    });
    const session = await openSession(graph, { provider: 'cpu' });
    const found = await session.run({ x: floats(x) });
    return Object.values(found).map(({ data }) => Array.from(data as Float64Array));
  };

  test('cotangents of a value that is used twice add up', async () => {
    assert.deepEqual(await gradients((x) => [total(square(x)), [x]], [3, -2]), [[6, -4]]);
  });

  test('one walk serves inputs and values in between', async () => {
    const found = await gradients(
      (x) => {
        const y = ops.mul(x, x);
        const z = ops.mul(y, x);
        return [total(z), [x, y, z]];
      },
      [2],
    );
    assert.deepEqual(found, [[12], [2], [1]]);
  });

  test('nothing flows through stopGradient', async () => {
    const found = await gradients((x) => [total(ops.mul(x, ops.stopGradient(x))), [x]], [3]);
    assert.deepEqual(found, [[3]]);
  });

  test('the greatest elements share the cotangent of a maximum', async () => {
    const found = await gradients((x) => [ops.reduceMax(x, [0]), [x]], [1, 5, 5, 2]);
    assert.deepEqual(found, [[0, 0.5, 0.5, 0]]);
  });

  test('comparisons, shapes and indices have no derivative', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float64', [3]);
    for (const y of [
      ops.cast(ops.less(x, x), 'float64'),
      ops.cast(ops.lessOrEqual(x, x), 'float64'),
      ops.cast(ops.equal(x, x), 'float64'),
      ops.cast(layout.shapeOf(x), 'float64'),
      ops.cast(ops.topK(x, k(graph, 2), 'k').indices, 'float64'),
      ops.cast(ops.cast(x, 'int64'), 'float64'),
      ops.cast(x, 'int64'),
      ops.topK(x, k(graph, 2), 'k').indices,
      ops.stopGradient(x),
    ])
      assert.throws(() => vjp(total(y), [x]), /^Error: no gradient: .* does not depend on x$/);
  });

  test('without a seed it starts from one element', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float64', ['B', 3]);
    assert.throws(
      () => vjp(x, [x]),
      /^Error: x of shape \[B,3\] is not a scalar: sum it, or give a seed$/,
    );
    assert.deepEqual(vjp(x, [x], x), [x]);
    const half = graph.input('half', 'float16', [1]);
    assert.throws(() => vjp(half, [half]), /^Error: no constants of type float16: cast a float32/);
  });

  test('every value asked for must have been used', () => {
    const graph = new Graph();
    const [x, z] = [graph.input('x', 'float64', [1]), graph.input('z', 'float64', [1])];
    const [y, unused] = [ops.exp(x), ops.neg(z)];
    for (const wrt of [[z], [x, z], [x, unused]])
      assert.throws(() => vjp(y, wrt), /^Error: no gradient: Exp#2 does not depend on (z|Neg#3)$/);
  });

  test('only what leads to the values asked for is differentiated', () => {
    const graph = new Graph();
    const [table, x] = [graph.input('table', 'float64', [9, 3]), graph.input('x', 'float64', [3])];
    const y = total(ops.mul(ops.gather(table, graph.ints([2, 2])), x));
    const added = (wrt: Value[]) => {
      const before = graph.nodes.length;
      vjp(y, wrt);
      return graph.nodes.slice(before).map(({ op }) => op);
    };
    assert.ok(!added([x]).includes('ScatterND'));
    assert.ok(added([x, table]).includes('ScatterND'));
  });

  test('the mean over an axis of unknown length has no derivative', () => {
    const x = new Graph().input('x', 'float64', ['B']);
    const y = ops.reduceMean(x, [0]);
    assert.throws(
      () => vjp(y, [x]),
      /^Error: the derivative of a mean needs a known length, got B$/,
    );
  });

  test('a loop has no derivative, though it read its values from around it alone', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float64', [1]);
    const zero = graph.scalar(0, 'float64');
    const { carried } = loop(graph, {
      maxIterations: graph.ints([2]),
      startCondition: ops.less(zero, x),
      carried: [{ initial: graph.constant(floats([1])), shape: [1] }],
      iterationAxis: 'taken',
      body: (_, [now]) => ({
        continues: ops.less(zero, now!),
        carried: [ops.mul(now!, x)],
        scanned: [],
      }),
    });
    assert.throws(
      () => vjp(ops.mul(x, carried[0]!), [x]),
      /^Error: a Loop has no derivative: apply stopGradient to its outputs$/,
    );
    const stopped = ops.stopGradient(carried[0]!);
    assert.equal(vjp(ops.mul(x, stopped), [x]).length, 1);
  });
});
