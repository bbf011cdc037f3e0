import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Graph, Value } from '../../pipeline/graph/builder.ts';
import { total } from '../../pipeline/graph/functions.ts';
import type { OpName } from '../../pipeline/graph/op-name.ts';
import * as ops from '../../pipeline/graph/ops.ts';
import { vjp } from '../../pipeline/graph/vjp.ts';
import { assertDerivative, buildCase, type Case } from './directional.ts';

const ints = (graph: Graph, data: readonly number[], dims: readonly number[]): Value =>
  graph.constant({ dtype: 'int64', dims, data: BigInt64Array.from(data, BigInt) });
const k = (graph: Graph, n: number) => ints(graph, [n], [1]);
const POSITIVE = [0.5, 2] as const;
const square = (x: Value): Value => ops.mul(x, x);
/** Indices 0 and 1, of the axes of x. */
const signs = (x: Value): Value => ops.cast(ops.less(x, x.graph.scalar(0, x.dtype)), 'int64');

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
    [
      ['B', 1],
      ['T', 1, 3],
    ],
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
      tolerance: 5e-5,
      build: (_, x) => ops.mul(ops.cast(ops.cast(x!, 'float32'), 'float64'), x!),
    },
  ],
  Where: [
    {
      name: 'both branches, one broadcast',
      inputs: [['B', 3], [3], ['B', 1]],
      build: (_, x, a, b) => ops.where(ops.less(x!, a!), ops.mul(x!, a!), b!),
    },
    {
      name: 'both branches broadcast by the condition',
      inputs: [[3], ['B', 1]],
      build: (_, a, b) => ops.where(ops.less(a!, b!), a!, b!),
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
    {
      name: 'each broadcast along a batch axis of the other',
      inputs: [
        ['B', 1, 2, 3],
        ['T', 3, 4],
      ],
      build: (_, a, b) => ops.matmul(a!, b!),
    },
    {
      name: 'a symbolic inner axis',
      inputs: [
        ['B', 2, 'T'],
        ['B', 'T', 4],
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
    { name: 'two axes', inputs: [[2, 'T', 4]], build: (_, x) => ops.reduceMean(x!, [0, 2]) },
  ],
  ReduceMax: [
    { name: 'last axis', inputs: [['B', 'T', 4]], build: (_, x) => ops.reduceMax(x!, [-1]) },
    { name: 'two axes', inputs: [['B', 'T', 4]], build: (_, x) => ops.reduceMax(x!, [1, 2]) },
    { name: 'an axis of one', inputs: [['B', 1]], build: (_, x) => ops.reduceMax(x!, [-1]) },
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
      build: (g, x) => ops.reduceSum(square(ops.topK(x!, k(g, 3), 'k').values), [-1]),
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
      name: 'rows of symbolic length by symbolic indices',
      inputs: [
        [2, 'T'],
        ['B', 'T'],
      ],
      build: (_, x, y) => ops.mul(ops.gather(x!, signs(y!)), ops.reshape(y!, ['B', 'T', 1])),
    },
    {
      name: 'rows counted from the end',
      inputs: [[4, 3]],
      build: (g, x) => ops.gather(x!, ints(g, [-1, 3, -4], [3])),
    },
    { name: 'one row', inputs: [[4, 3]], build: (g, x) => ops.gather(x!, ints(g, [2], [])) },
    {
      name: 'repeated columns',
      inputs: [['B', 'T', 4]],
      build: (g, x) => ops.gatherColumns(x!, ints(g, [3, 1, 3], [3])),
    },
    {
      name: 'columns by a matrix of indices',
      inputs: [['B', 'T', 4]],
      build: (g, x) => ops.gatherColumns(x!, ints(g, [2, 0, 2, 1, 1, 3], [2, 3])),
    },
    {
      name: 'columns by symbolic indices',
      inputs: [
        ['B', 4],
        ['T', 'B'],
      ],
      build: (_, x, y) => ops.mul(ops.gatherColumns(x!, signs(y!)), y!),
    },
    {
      name: 'one column',
      inputs: [['B', 4]],
      build: (g, x) => ops.gatherColumns(x!, ints(g, [2], [])),
    },
  ],
  GatherElements: [
    {
      name: 'repeated elements',
      inputs: [[2, 4]],
      build: (g, x) => ops.gatherElements(x!, ints(g, [3, 3, 0, 1, 2, 2], [2, 3])),
    },
    {
      name: 'symbolic axes',
      inputs: [
        ['B', 4],
        ['B', 'T'],
      ],
      build: (_, x, y) => ops.mul(ops.gatherElements(x!, signs(y!)), y!),
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
    {
      name: 'symbolic axes',
      inputs: [
        ['B', 4],
        ['B', 'T'],
      ],
      build: (_, x, u) => square(ops.scatterElementsAdd(x!, signs(u!), u!)),
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
    {
      name: 'symbolic axes',
      inputs: [
        [2, 'B', 4],
        ['T', 'B', 4],
        ['T', 1],
      ],
      build: (_, x, u, y) =>
        square(ops.scatterAdd(x!, signs(y!), ops.mul(u!, ops.reshape(y!, ['T', 1, 1])))),
    },
  ],
  Transpose: [
    { name: 'three axes', inputs: [['B', 'T', 4]], build: (_, x) => ops.transpose(x!, [2, 0, 1]) },
    { name: 'two', inputs: [['B', 2, 'T', 4]], build: (_, x) => ops.transpose(x!, [0, 2, 1, 3]) },
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
    {
      name: 'symbols that change their places',
      inputs: [['T', 4, 'B']],
      build: (_, x) => ops.reshape(x!, ['B', 'T', 4]),
    },
    {
      name: 'one symbol twice',
      inputs: [['T', 'T']],
      build: (_, x) => ops.reshape(x!, [1, 1, 'T', 'T']),
    },
  ],
  Expand: [
    { name: 'known', inputs: [[1, 3]], build: (_, x) => ops.expand(x!, [2, 3]) },
    {
      name: 'to more axes, of which two are symbolic',
      inputs: [[3, 1], ['B'], ['T']],
      build: (_, x, b, t) =>
        ops.mul(ops.mul(ops.expand(x!, ['B', 3, 'T']), ops.reshape(b!, ['B', 1, 1])), t!),
    },
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
    {
      name: 'one part twice',
      inputs: [[2, 'T'], [1, 'T'], ['T']],
      build: (_, a, b, c) => ops.mul(ops.concat([a!, b!, a!], 0), c!),
    },
    {
      name: 'parts whose other axes have other names',
      inputs: [
        [2, 3],
        ['B', 3],
      ],
      build: (_, a, b) => ops.add(ops.concat([a!, b!], 1), ops.reduceSum(square(b!), [0, 1])),
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
    {
      name: 'of a symbolic axis that is used elsewhere, too',
      inputs: [['B', 'T']],
      build: (_, x) => {
        const [a, b] = ops.split(x!, [1, 2], -1);
        return ops.mul(ops.mul(a!, x!), ops.reduceSum(square(b!), [-1]));
      },
    },
  ],
  Identity: [],
  Shape: [],
  Less: [],
  LessOrEqual: [],
  Equal: [],
  Loop: [],
};

for (const [op, cases] of Object.entries(CASES))
  for (const at of cases)
    test(`${op}: ${at.name}`, async () => {
      assert.ok(
        buildCase(at).graph.nodes.some((node) => node.op === op),
        `the case has no ${op}`,
      );
      await assertDerivative({ ...at, name: `${op}: ${at.name}` });
    });

test('second derivatives: every rule is made of operators that have one', async () => {
  const gradient = (y: Value, x: Value): Value => vjp(total(y), [x])[0]!;
  const cases: Record<string, (x: Value) => Value> = {
    'x³': (x) => gradient(ops.mul(square(x), x), x),
    softmax: (x) => gradient(square(ops.softmax(x)), x),
    'rows and columns': (x) =>
      gradient(square(ops.gatherColumns(ops.gather(square(x), signs(x)), k(x.graph, 1))), x),
  };
  for (const [name, build] of Object.entries(cases))
    await assertDerivative({ name, inputs: [[2, 3]], build: (_, x) => build(x!) });
});
