import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { encodeModel } from '../../pipeline/graph/encode.ts';
import { neededOf } from '../../pipeline/graph/needed.ts';
import { add, matmul, mul } from '../../pipeline/graph/ops.ts';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { floats } from '../../pipeline/runtime/outputs.ts';
import { openSession } from '../../pipeline/runtime/session.ts';

test('nodes and weights that no output depends on are not given to the runtime', async () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [2, 2]);
  const weight = (value: number) =>
    graph.constant(
      float32(
        Float32Array.from({ length: 32 }, () => value),
        [2, 16],
      ),
    );
  graph.rename(matmul(x, weight(1)), 'nobody reads this');
  graph.output('y', add(x, x));
  const needed = matmul(x, weight(2));
  graph.output('z', mul(needed, needed));
  assert.deepEqual(
    neededOf(graph).nodes.map(({ op }) => op),
    ['Add', 'MatMul', 'Mul'],
  );
  const text = Buffer.from(encodeModel(graph)).toString('latin1');
  assert.ok(!text.includes('nobody reads this'));
  await using session = await openSession(graph, { provider: 'cpu' });
  const outputs = await session.run({ x: float32(Float32Array.of(1, 0, 0, 1), [2, 2]) });
  assert.deepEqual([...floats(outputs, 'y')], [2, 0, 0, 2]);
  assert.deepEqual([...floats(outputs, 'z').slice(0, 3)], [4, 4, 4]);
});

test('an input that nothing reads may be fed', async () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [1]);
  const unread = graph.input('unread', 'float32', [1]);
  add(unread, x);
  graph.output('y', add(x, x));
  await using session = await openSession(graph, { provider: 'cpu' });
  const one = float32(Float32Array.of(1), [1]);
  assert.deepEqual([...floats(await session.run({ x: one, unread: one }), 'y')], [2]);
});
