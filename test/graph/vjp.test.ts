import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Graph, type Value } from '../../pipeline/graph/builder.ts';
import { total } from '../../pipeline/graph/functions.ts';
import type { OpName } from '../../pipeline/graph/op-name.ts';
import * as ops from '../../pipeline/graph/ops.ts';
import { vjp } from '../../pipeline/graph/vjp.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { assertDerivative, type Case } from './directional.ts';

const ints = (graph: Graph, data: readonly number[], dims: readonly number[]): Value =>
  graph.constant({ dtype: 'int64', dims, data: BigInt64Array.from(data, BigInt) });
const k = (graph: Graph, n: number) => ints(graph, [n], [1]);
const POSITIVE = [0.5, 2] as const;
const square = (x: Value): Value => ops.mul(x, x);

/** Both arguments broadcast, in each order, with known and symbolic axes. */
const broadcasts = (op: (a: Value, b: Value) => Value, range: Case['range'] = [-1, 1]): Case[] =>
  [
    [
      ['B', 'T', 4],
      ['B', 'T', 4],
    ],
    [['B', 'T', 4], [4]],
    [[4], ['B', 'T', 4]],
    [
      ['B', 1, 4],
      ['B', 'T', 1],
    ],
    [[2, 3], []],
    [[], ['B', 3]],
  ].map((inputs) => ({
    name: `[${inputs[0]}] with [${inputs[1]}]`,
    inputs,
    range,
    build: (_, a, b) => op(a!, b!),
  }));

const elementwise = (op: (x: Value) => Value, range?: Case['range']): Case[] => [
  { name: 'elementwise', inputs: [['B', 3]], ...(range && { range }), build: (_, x) => op(x!) },
];

/** Every operator; none where its result has no derivative. */
const CASES: Readonly<Record<OpName, readonly Case[]>> = {
  Add: broadcasts(ops.add),
  Sub: broadcasts(ops.sub),
  Mul: broadcasts(ops.mul),
  Div: broadcasts(ops.div, POSITIVE),
  Neg: elementwise(ops.neg),
  Exp: elementwise(ops.exp),
  Log: elementwise(ops.log, POSITIVE),
  Sqrt: elementwise(ops.sqrt, POSITIVE),
  Reciprocal: elementwise(ops.reciprocal, POSITIVE),
  Tanh: elementwise(ops.tanh),
  Cast: [
    {
      name: 'to float32 and back',
      inputs: [['B', 3]],
      tolerance: 1e-3,
      build: (_, x) => ops.mul(ops.cast(ops.cast(x!, 'float32'), 'float64'), x!),
    },
  ],
  Where: [
    {
      name: 'both branches, one broadcast',
      inputs: [['B', 3], [3], ['B', 1]],
      build: (_, x, a, b) => ops.where(ops.less(x!, a!), ops.mul(x!, a!), b!),
    },
  ],
  MatMul: [
    {
      name: 'matrices',
      inputs: [
        [2, 3],
        [3, 4],
      ],
      build: (_, a, b) => ops.matmul(a!, b!),
    },
    {
      name: 'batches',
      inputs: [
        ['B', 2, 'T', 3],
        ['B', 2, 3, 4],
      ],
      build: (_, a, b) => ops.matmul(a!, b!),
    },
    {
      name: 'a batch with one matrix',
      inputs: [
        ['B', 'T', 3],
        [3, 4],
      ],
      build: (_, a, b) => ops.matmul(a!, b!),
    },
    {
      name: 'one matrix with a batch',
      inputs: [
        [1, 5, 3],
        ['B', 3, 4],
      ],
      build: (_, a, b) => ops.matmul(a!, b!),
    },
  ],
  Gemm: [false, true].flatMap((transA) =>
    [false, true].map((transB) => ({
      name: `transA ${transA}, transB ${transB}`,
      inputs: [transA ? [3, 2] : [2, 3], transB ? [4, 3] : [3, 4]],
      build: (_: Graph, a: Value, b: Value) => ops.gemm(a, b, { transA, transB }),
    })),
  ) as Case[],
  ReduceSum: [
    { name: 'two axes', inputs: [['B', 'T', 4]], build: (_, x) => ops.reduceSum(x!, [0, -1]) },
  ],
  ReduceMean: [
    { name: 'last axis', inputs: [['B', 'T', 4]], build: (_, x) => ops.reduceMean(x!, [-1]) },
  ],
  ReduceMax: [
    { name: 'last axis', inputs: [['B', 'T', 4]], build: (_, x) => ops.reduceMax(x!, [-1]) },
  ],
  Softmax: [{ name: 'last axis', inputs: [['B', 'T', 4]], build: (_, x) => ops.softmax(x!) }],
  CumSum: [false, true].flatMap((exclusive) =>
    [false, true].map((reverse) => ({
      name: `exclusive ${exclusive}, reverse ${reverse}`,
      inputs: [['B', 4]],
      build: (_: Graph, x: Value) => ops.cumSum(x, { exclusive, reverse }),
    })),
  ) as Case[],
  TopK: [
    {
      name: 'values',
      inputs: [['B', 6]],
      build: (g, x) => ops.reduceSum(ops.topK(x!, k(g, 3), 'k').values, [-1]),
    },
  ],
  Gather: [
    {
      name: 'repeated rows',
      inputs: [[4, 3]],
      build: (g, x) => ops.gather(x!, ints(g, [2, 0, 2], [3])),
    },
    {
      name: 'rows by a matrix of indices',
      inputs: [[4, 3]],
      build: (g, x) => ops.gather(x!, ints(g, [2, 0, 2, 1, 1, 3], [2, 3])),
    },
    {
      name: 'rows of a symbolic axis',
      inputs: [['T', 3]],
      build: (g, x) => ops.gather(x!, ints(g, [2, 0, 2], [3])),
    },
    {
      name: 'repeated columns',
      inputs: [['B', 'T', 4]],
      build: (g, x) => ops.gatherColumns(x!, ints(g, [3, 1, 3], [3])),
    },
  ],
  GatherElements: [
    {
      name: 'repeated elements',
      inputs: [[2, 4]],
      build: (g, x) => ops.gatherElements(x!, ints(g, [3, 3, 0, 1, 2, 2], [2, 3])),
    },
  ],
  ScatterElements: [
    {
      name: 'with duplicates',
      inputs: [
        [2, 4],
        [2, 3],
      ],
      build: (g, x, u) => ops.scatterElementsAdd(x!, ints(g, [3, 3, 0, 1, 2, 2], [2, 3]), u!),
    },
  ],
  ScatterND: [
    {
      name: 'with duplicates',
      inputs: [
        [4, 3],
        [3, 3],
      ],
      build: (g, x, u) => ops.scatterAdd(x!, ints(g, [1, 3, 1], [3, 1]), u!),
    },
  ],
  Transpose: [
    { name: 'three axes', inputs: [['B', 'T', 4]], build: (_, x) => ops.transpose(x!, [2, 0, 1]) },
  ],
  Reshape: [
    {
      name: 'merged axes',
      inputs: [['B', 'T', 4]],
      build: (_, x) => ops.reduceSum(square(ops.reshape(x!, ['B*T', 4])), [0]),
    },
    {
      name: 'split axes',
      inputs: [['B', 'T', 4]],
      build: (_, x) => square(ops.reshape(x!, ['B', 'T', 2, 2])),
    },
  ],
  Expand: [
    { name: 'known', inputs: [[1, 3]], build: (_, x) => ops.expand(x!, [2, 3]) },
    {
      name: 'symbolic',
      inputs: [
        [1, 3],
        ['B', 3],
      ],
      build: (_, x, y) => ops.mul(ops.expandLike(x!, y!), y!),
    },
  ],
  Concat: [
    {
      name: 'known and symbolic lengths',
      inputs: [
        ['B', 'T', 4],
        ['B', 2, 4],
      ],
      build: (_, a, b) => ops.reduceSum(square(ops.concat([a!, b!], 1)), [1]),
    },
  ],
  Split: [
    {
      name: 'one part unused',
      inputs: [['B', 6]],
      build: (_, x) => {
        const [a, , c] = ops.split(x!, [2, 1, 3], -1);
        return ops.concat([c!, a!], -1);
      },
    },
    {
      name: 'as long as others',
      inputs: [
        ['B', 'T'],
        ['B', 2],
      ],
      build: (_, a, b) => {
        const [c, d] = ops.splitLike(square(ops.concat([a!, b!], -1)), [a!, b!], -1);
        return ops.mul(ops.reduceSum(c!, [-1]), d!);
      },
    },
  ],
  Identity: [],
  Shape: [],
  Less: [],
  LessOrEqual: [],
  Equal: [],
};

for (const [op, cases] of Object.entries(CASES))
  for (const at of cases)
    test(`${op}: ${at.name}`, () => assertDerivative({ ...at, name: `${op} ${at.name}` }));

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
      ops.cast(ops.shapeOf(x), 'float64'),
      ops.cast(ops.topK(x, k(graph, 2), 'k').indices, 'float64'),
      ops.stopGradient(x),
    ])
      assert.throws(() => vjp(total(y), [x]), /^Error: no gradient: .* does not depend on x$/);
  });

  test('a value that is no scalar needs a seed', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float64', ['B', 3]);
    assert.throws(() => vjp(x, [x]), /x of shape \[B,3\] is no scalar: sum it, or give a seed/);
    assert.deepEqual(vjp(x, [x], x)[0], x);
  });
});
