import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Graph, type Value } from '../../pipeline/graph/builder.ts';
import { total } from '../../pipeline/graph/functions.ts';
import * as layout from '../../pipeline/graph/layout.ts';
import * as ops from '../../pipeline/graph/ops.ts';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { openSession } from '../../pipeline/runtime/session.ts';

/** Inputs of several types and shapes, to make mistakes with. */
function inputs() {
  const graph = new Graph();
  const input = (name: string, shape: (number | string)[]) => graph.input(name, 'float32', shape);
  return {
    graph,
    matrix: input('matrix', [2, 3]),
    tokens: input('tokens', ['B', 'T', 3]),
    wide: input('wide', ['B', 4]),
    double: graph.input('double', 'float64', [2, 3]),
  };
}

const MISTAKES: Readonly<Record<string, [(given: ReturnType<typeof inputs>) => void, string]>> = {
  'two lengths': [
    ({ matrix, wide }) => ops.add(matrix, wide),
    'shapes [2,3] and [B,4] do not broadcast',
  ],
  'two symbols': [
    ({ tokens, wide }) => ops.mul(layout.reshape(tokens, ['B', 'T*3']), wide),
    'shapes [B,T*3] and [B,4] do not broadcast',
  ],
  'a condition of another length': [
    ({ matrix, wide }) => ops.where(ops.less(wide, wide), matrix, matrix),
    'shapes [B,4] and [2,3] do not broadcast',
  ],
  'two types': [
    ({ matrix, double }) => ops.sub(matrix, double),
    'Sub of float32 and float64: cast one first',
  ],
  'a comparison of two types': [
    ({ matrix, double }) => ops.less(matrix, double),
    'Less of float32 and float64: cast one first',
  ],
  'a matrix product': [
    ({ matrix }) => ops.matmul(matrix, matrix),
    'matmul of [2,3] and [2,3]: 3 does not match 2',
  ],
  'batches of a matrix product': [
    ({ tokens, graph }) => ops.matmul(tokens, graph.input('x', 'float32', [5, 3, 3])),
    'shapes [B] and [5] do not broadcast',
  ],
  'a transposed matrix product': [
    ({ matrix, double }) => ops.gemm(matrix, double, { transA: true, transB: true }),
    'gemm of [2,3] and [2,3]: 2 does not match 3',
  ],
  'a product of more than matrices': [
    ({ tokens, matrix }) => ops.gemm(tokens, matrix, { transB: true }),
    'gemm of [B,T,3] and [2,3]: T does not match 3',
  ],
  'an axis too many': [({ matrix }) => ops.reduceSum(matrix, [2]), 'axis 2 is outside shape [2,3]'],
  'an axis too few': [
    ({ matrix }) => layout.split(matrix, [1, 1], -3),
    'axis -3 is outside shape [2,3]',
  ],
  'another number of elements': [
    ({ matrix }) => layout.reshape(matrix, [2, 4]),
    '[2,3] cannot be reshaped to [2,4]',
  ],
  'parts longer than the whole': [
    ({ matrix }) => layout.split(matrix, [1, 3], 1),
    'axis 1 of [2,3] cannot be split into 1 + 3',
  ],
  'equal parts of an unknown length': [
    ({ tokens }) => layout.halves(tokens, 1),
    'halves needs a known length, got T',
  ],
  'a symbol of no input': [
    ({ matrix }) => layout.expand(matrix, ['S', 2, 3]),
    'no input has the axis S: declare one before using it',
  ],
  'a name given twice to inputs': [
    ({ graph }) => graph.input('wide', 'int64', [1]),
    'the graph already has a value named wide',
  ],
  'a hook with the name of an input': [
    ({ graph, wide }) => graph.rename(ops.neg(wide), 'matrix'),
    'the graph already has a value named matrix',
  ],
  'an output with the name of another value': [
    ({ graph, wide, matrix }) => {
      graph.rename(ops.neg(wide), 'hook');
      graph.output('hook', ops.neg(matrix));
    },
    'the graph already has a value named hook',
  ],
  'two outputs of one name': [
    ({ graph, wide }) => {
      graph.output('y', ops.neg(wide));
      graph.output('y', ops.exp(wide));
    },
    'output y is defined twice',
  ],
  'a hook that is an input': [
    ({ graph, wide }) => graph.rename(wide, 'hook'),
    'cannot rename wide to hook: no node of the graph computes it',
  ],
  'a hook that nothing has': [
    ({ graph, wide }) => {
      graph.rename(ops.neg(wide), 'blocks.0.hook_z');
      graph.find('blocks.9.hook_z');
    },
    'missing hook: blocks.9.hook_z (the graph has blocks.0.hook_z)',
  ],
  'a constant of half precision': [
    ({ graph }) => graph.scalar(1, 'bfloat16'),
    'no constants of type bfloat16: cast a float32 constant',
  ],
};

for (const [name, [make, message]] of Object.entries(MISTAKES))
  test(`refused in one line: ${name}`, () => {
    assert.throws(() => make(inputs()), { name: 'Error', message });
  });

test('equal small constants are one, of one type and shape; large ones are not compared', () => {
  const graph = new Graph();
  assert.equal(graph.scalar(2, 'float32'), graph.scalar(2, 'float32'));
  assert.equal(graph.ints([1, 2]), graph.ints([1, 2]));
  const distinct = [
    graph.scalar(2, 'float32'),
    graph.scalar(2, 'float64'),
    graph.scalar(3, 'float32'),
    graph.ints([2]),
    graph.ints([1, 2]),
    graph.constant({ dtype: 'int64', dims: [1, 2], data: BigInt64Array.of(1n, 2n) }),
    graph.constant(float32(new Float32Array(17), [17])),
    graph.constant(float32(new Float32Array(17), [17])),
  ];
  assert.equal(new Set(distinct).size, distinct.length);
  assert.equal(graph.initializers.length, distinct.length);
});

test('names given and names made never meet', () => {
  const graph = new Graph();
  const x = graph.input('Neg', 'float32', [1]);
  graph.output('Add', ops.add(ops.neg(x), graph.scalar(1, 'float32')));
  const names = [...graph.inputs, ...graph.nodes.flatMap((node) => node.outputs)].map(
    (v) => v.name,
  );
  assert.deepEqual(names, ['Neg', 'Neg#1', 'Add#3']);
});

test('a hook is found by its name and keeps its shape and producer', () => {
  const { graph, wide } = inputs();
  const y = ops.neg(wide);
  assert.equal(graph.rename(y, 'blocks.0.hook_z'), y);
  assert.equal(graph.find('blocks.0.hook_z'), y);
  assert.deepEqual([y.name, y.shape, y.producer?.op], ['blocks.0.hook_z', ['B', 4], 'Neg']);
});

test('shapes follow from the operators', () => {
  const { matrix, tokens, wide, graph } = inputs();
  const shapes: [Value | undefined, (number | string)[]][] = [
    [ops.add(tokens, graph.input('row', 'float32', [1, 3])), ['B', 'T', 3]],
    [ops.matmul(tokens, layout.transpose(matrix, [1, 0])), ['B', 'T', 2]],
    [ops.gemm(matrix, matrix, { transA: true }), [3, 3]],
    [ops.reduceMax(tokens, [-1, 0]), [1, 'T', 1]],
    [ops.gather(matrix, graph.input('rows', 'int64', ['B', 5])), ['B', 5, 3]],
    [ops.gatherColumns(tokens, graph.ints([0, 2])), ['B', 'T', 2]],
    [layout.concat([wide, wide], 0), ['B+B', 4]],
    [layout.concat([wide, wide], -1), ['B', 8]],
    [layout.split(wide, [1, 3], 1)[1], ['B', 3]],
    [layout.halves(wide, -1)[0], ['B', 2]],
    [ops.topK(wide, graph.ints([3]), 'k').indices, ['B', 'k']],
    [layout.shapeOf(tokens, 1), [2]],
    [graph.dim('T'), [1]],
    [total(tokens), [1, 1, 1]],
  ];
  for (const [value, shape] of shapes) assert.deepEqual(value!.shape, shape, value!.name);
  const { values, indices } = ops.topK(wide, graph.ints([1]), 'k');
  const dtypes = [values, indices, ops.less(wide, wide), graph.dim('B'), ops.cast(wide, 'int32')];
  const wanted = ['float32', 'int64', 'bool', 'int64', 'int32'];
  assert.deepEqual(
    dtypes.map(({ dtype }) => dtype),
    wanted,
  );
});

test('what changes nothing adds no node', () => {
  const { graph, tokens } = inputs();
  const same = [
    layout.reshape(tokens, ['B', 'T', 3]),
    layout.expand(tokens, ['B', 'T', 3]),
    layout.expandLike(tokens, tokens),
    layout.reshapeLike(tokens, tokens),
    ops.cast(tokens, 'float32'),
    ops.reduceSum(tokens, []), // which ONNX would take for all axes
  ];
  assert.deepEqual(new Set(same), new Set([tokens]));
  assert.equal(graph.nodes.length, 0);
});

test('the length of a symbolic axis is read once, when the graph runs', async () => {
  const { graph, tokens } = inputs();
  assert.equal(graph.dim('T'), graph.dim('T'));
  assert.equal(graph.nodes.length, 1);
  const only = new Graph();
  const x = only.input('x', 'float32', ['B', 'T']);
  only.output('T', only.dim('T'));
  only.output('transposed', layout.reshape(x, ['T', 'B']));
  only.output('merged', layout.reshape(x, [1, 'B*T']));
  only.output('grid', layout.expand(only.scalar(7, 'float32'), ['T', 2, 'B']));
  const session = await openSession(only, { provider: 'cpu', threads: 1 });
  for (const [B, T] of [
    [2, 3],
    [1, 1],
    [4, 1],
  ] as const) {
    const found = await session.run({ x: float32(new Float32Array(B * T), [B, T]) });
    assert.deepEqual(found.T!.data, BigInt64Array.of(BigInt(T)));
    assert.deepEqual(found.transposed!.dims, [T, B]);
    assert.deepEqual(found.merged!.dims, [1, B * T]);
    assert.deepEqual(found.grid!.dims, [T, 2, B]);
  }
  await session.release();
  assert.deepEqual(tokens.shape, ['B', 'T', 3]);
});
