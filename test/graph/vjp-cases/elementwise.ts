import type { Value } from '../../../pipeline/graph/builder.ts';
import type { OpName } from '../../../pipeline/graph/operators.ts';
import * as ops from '../../../pipeline/graph/ops.ts';
import type { Case } from '../directional.ts';

const POSITIVE = [0.5, 2] as const;

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

/** Operators that act number by number. */
export const ELEMENTWISE = {
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
} satisfies Partial<Record<OpName, readonly Case[]>>;
