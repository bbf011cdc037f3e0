import type { Graph, Value } from '../../../pipeline/graph/builder.ts';
import type { OpName } from '../../../pipeline/graph/operators.ts';
import * as ops from '../../../pipeline/graph/ops.ts';
import type { Case } from '../directional.ts';
import { k, square } from './values.ts';

/** Products of matrices, and what else sums or chooses along an axis. */
export const REDUCTIONS = {
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
} satisfies Partial<Record<OpName, readonly Case[]>>;
