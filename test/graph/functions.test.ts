import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Graph, type Shape, type Value } from '../../pipeline/graph/builder.ts';
import * as functions from '../../pipeline/graph/functions.ts';
import { less } from '../../pipeline/graph/ops.ts';
import { vjp } from '../../pipeline/graph/vjp.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { assertDerivative } from './directional.ts';

interface Function {
  readonly build: (x: Value) => Value;
  /** The same of one row, in plain JavaScript. */
  readonly plain: (row: readonly number[]) => readonly number[];
}

const CAP = 2.5;
const EPS = 1e-6;

/** The functions that have a gradient. */
const FUNCTIONS: Readonly<Record<string, Function>> = {
  scale: { build: (x) => functions.scale(x, -3), plain: (row) => row.map((x) => -3 * x) },
  shift: { build: (x) => functions.shift(x, 0.25), plain: (row) => row.map((x) => x + 0.25) },
  square: { build: functions.square, plain: (row) => row.map((x) => x ** 2) },
  softcap: {
    build: (x) => functions.softcap(x, CAP),
    plain: (row) => row.map((x) => CAP * Math.tanh(x / CAP)),
  },
  gelu: {
    build: functions.gelu,
    plain: (row) =>
      row.map((x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))),
  },
  silu: { build: functions.silu, plain: (row) => row.map((x) => x / (1 + Math.exp(-x))) },
  inverseRms: {
    build: (x) => functions.inverseRms(x, EPS),
    plain: (row) => [1 / Math.sqrt(meanSquare(row) + EPS)],
  },
  logSumExp: { build: functions.logSumExp, plain: (row) => [logSumExp(row)] },
  logSoftmax: {
    build: functions.logSoftmax,
    plain: (row) => row.map((x) => x - logSumExp(row)),
  },
  entropyOfLogits: {
    build: functions.entropyOfLogits,
    plain: (row) => {
      const probs = row.map((x) => Math.exp(x - logSumExp(row)));
      return [-sum(probs.map((p) => p * Math.log(p)))];
    },
  },
};

const ROWS = [
  [-4, -1.5, -0.2, 0],
  [0.1, 0.7, 2, 6],
  [1e-3, 1e-3, -1e-3, 2e-3],
];

for (const [name, { build, plain }] of Object.entries(FUNCTIONS)) {
  test(`${name} agrees with plain float64`, async () => {
    const found = await evaluate((x) => [build(x)], ROWS);
    assertClose(found[0]!, ROWS.flatMap(plain), 1e-13);
  });

  test(`${name}: its gradient agrees with differences`, async () => {
    const shape: Shape = ['B', 'T', 4];
    await assertDerivative({ name, inputs: [shape], range: [-3, 3], build: (_, x) => build(x!) });
  });
}

test('total sums every element, also of a scalar', async () => {
  const build = (x: Value): Value[] => [
    functions.total(x),
    functions.total(x.graph.scalar(3, 'float64')),
  ];
  assert.deepEqual(
    await evaluate(build, [
      [1, 2],
      [3, 4],
    ]),
    [[10], [3]],
  );
  const { shape } = functions.total(new Graph().input('x', 'float64', ['B', 'T', 4]));
  assert.deepEqual(shape, [1, 1, 1]);
});

test('indicator is 1 where true, else 0, of the wanted type', async () => {
  const build = (x: Value): Value => functions.indicator(less(x, x.graph.scalar(2, x.dtype)), x);
  assert.deepEqual(await evaluate((x) => [build(x)], [[1, 2, 3]]), [[1, 0, 0]]);
});

test('large logits neither overflow nor lose their gradient', async () => {
  const build = (x: Value): Value[] => {
    const [lse, entropy] = [functions.logSumExp(x), functions.entropyOfLogits(x)];
    return [
      lse,
      entropy,
      functions.logSoftmax(x),
      ...vjp(lse, [x], lse),
      ...vjp(entropy, [x], lse),
    ];
  };
  const rows = [
    [1e5, 1e5 + 1, 1e5 - 1],
    [-1e5, 1e5, 0],
  ];
  const near = [0, 1, -1];
  const lse = logSumExp(near);
  const probs = near.map((x) => Math.exp(x - lse));
  const entropy = -sum(probs.map((p) => p * Math.log(p)));
  const found = await evaluate(build, rows);
  const wanted = [
    [1e5 + lse, 1e5],
    [entropy, 0],
    [...near.map((x) => x - lse), -2e5, 0, -1e5],
    [...probs.map((p) => p * (1e5 + lse)), 0, 1e5, 0],
    [...probs.map((p) => -p * (Math.log(p) + entropy) * (1e5 + lse)), 0, 0, 0],
  ];
  wanted.forEach((row, i) => {
    assertClose(found[i]!, row, 1e-9);
  });
});

test('entropy lies between 0, of a certain token, and ln n, of n equal ones', async () => {
  const [entropy] = await evaluate(
    (x) => [functions.entropyOfLogits(x)],
    [
      [7, 7, 7, 7],
      [0, 0, -1e30, -1e30],
      [50, -50, -50, -50],
    ],
  );
  assertClose(entropy!, [Math.log(4), Math.log(2), 0], 1e-15);
});

test('softcap is bounded by its cap and the identity near 0', async () => {
  const [found] = await evaluate((x) => [functions.softcap(x, 30)], [[-1e6, -1e-5, 1e-5, 1e6]]);
  assertClose(found!, [-30, -1e-5, 1e-5, 30], 1e-12);
});

const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);
const meanSquare = (row: readonly number[]): number => sum(row.map((x) => x ** 2)) / row.length;
const logSumExp = (row: readonly number[]): number => Math.log(sum(row.map(Math.exp)));

/** Run a function of [rows, columns] in float64. */
async function evaluate(
  build: (x: Value) => readonly Value[],
  rows: readonly (readonly number[])[],
): Promise<number[][]> {
  const graph = new Graph();
  const dims = [rows.length, rows[0]!.length];
  const values = build(graph.input('x', 'float64', ['B', dims[1]!]));
  values.forEach((value, i) => {
    graph.output(`y${i}`, value);
  });
  const session = await openSession(graph, { provider: 'cpu', threads: 1 });
  const data = Float64Array.from(rows.flat());
  const found = await session.run({ x: { dtype: 'float64', dims, data } });
  await session.release();
  return values.map((_, i) => Array.from(found[`y${i}`]!.data as Float64Array));
}

/** To within `tolerance`, relative where more than 1. */
function assertClose(found: readonly number[], wanted: readonly number[], tolerance: number): void {
  assert.equal(found.length, wanted.length);
  found.forEach((x, i) => {
    const error = Math.abs(x - wanted[i]!) / Math.max(1, Math.abs(wanted[i]!));
    assert.ok(error <= tolerance, `element ${i}: ${x}, not ${wanted[i]}: error ${error}`);
  });
}
