import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { float32, int64 } from '../../pipeline/graph/tensor.ts';
import { floats } from '../../pipeline/runtime/outputs.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import {
  batchTopKGraph,
  type CoderShape,
  evaluationGraph,
  THRESHOLD_ROWS,
} from '../../pipeline/train/batch-topk.ts';
import { assertNear } from '../miniature/miniature.ts';

interface Batch {
  readonly rows: number;
  readonly parameters: Float32Array;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly weight: Float32Array;
}

const SHAPE: CoderShape = { dIn: 3, dSae: 5, dOut: 4 };
const SIZE = 3 * 5 + 5 + 5 * 4 + 4;
const FEATURES = [0, 1, 2, 3, 4];

function drawBatch(rows: number): Batch {
  const random = keyedRandom(5, 'batch');
  const draw = (n: number) => Float32Array.from({ length: n }, () => 2 * random() - 1);
  return {
    rows,
    parameters: draw(SIZE),
    x: draw(rows * 3),
    y: draw(rows * 4),
    weight: draw(rows).map((w) => 1.5 + w),
  };
}

async function run({ rows, parameters, x, y, weight }: Batch, count: number) {
  await using session = await openSession(batchTopKGraph(SHAPE, rows), { provider: 'cpu' });
  return await session.run({
    parameters: float32(parameters, [SIZE]),
    x: float32(x, [rows, 3]),
    y: float32(y, [rows, 4]),
    weight: float32(weight, [rows, 1]),
    count: int64([count], [1]),
  });
}

/** [row][feature]: the values before the sparsity, in plain float64. */
const preActs = ({ rows, x }: Batch, parameters: ArrayLike<number>): number[][] =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: 5 }, (_, f) => {
      let sum = parameters[15 + f]!;
      for (let i = 0; i < 3; i++) sum += x[row * 3 + i]! * parameters[i * 5 + f]!;
      return Math.max(0, sum);
    }),
  );

/** The `count`-th largest value of the rows from which the threshold is taken. */
const boundOf = (pre: readonly number[][], count: number): number =>
  pre
    .slice(0, THRESHOLD_ROWS)
    .flat()
    .sort((a, b) => b - a)[count - 1]!;

/** The loss in plain float64. */
function plainLoss(batch: Batch, parameters: ArrayLike<number>, count: number): number {
  const pre = preActs(batch, parameters);
  const bound = boundOf(pre, count);
  return pre.reduce((loss, values, row) => {
    for (let j = 0; j < 4; j++) {
      let miss = parameters[40 + j]! - batch.y[row * 4 + j]!;
      values.forEach((value, f) => {
        if (value >= bound) miss += value * parameters[20 + f * 4 + j]!;
      });
      loss += (batch.weight[row]! * miss * miss) / batch.rows;
    }
    return loss;
  }, 0);
}

suite('the loss of a BatchTopK SAE', () => {
  test('its gradient is that of central differences in float64, for every parameter', async () => {
    const batch = drawBatch(12);
    const count = 17;
    const outputs = await run(batch, count);
    assertNear(floats(outputs, 'loss')[0]!, plainLoss(batch, batch.parameters, count), 1e-5);
    const gradient = floats(outputs, 'gradient');
    const h = 1e-6;
    for (let i = 0; i < SIZE; i++) {
      const moved = (by: number) => {
        const parameters = Float64Array.from(batch.parameters);
        parameters[i]! += by;
        return plainLoss(batch, parameters, count);
      };
      assertNear(gradient[i]!, (moved(h) - moved(-h)) / (2 * h), 1e-4, `parameter ${i}`);
    }
    assert.ok(gradient.some((g, i) => i < 15 && Math.abs(g) > 0.01));
  });

  test('as many features as asked for are active, the threshold being the smallest', async () => {
    const batch = drawBatch(40);
    const count = 60;
    const outputs = await run(batch, count);
    assertNear(floats(outputs, 'l0')[0]! * 40, count, 1e-3);
    assertNear(
      floats(outputs, 'threshold')[0]!,
      boundOf(preActs(batch, batch.parameters), count),
      1e-6,
    );
  });

  test('of more rows, the first ones give the threshold', async () => {
    const rows = THRESHOLD_ROWS + 50;
    const batch = drawBatch(rows);
    const outputs = await run(batch, 300);
    const threshold = floats(outputs, 'threshold')[0]!;
    const pre = preActs(batch, batch.parameters);
    const active = (from: number, to?: number) =>
      pre
        .slice(from, to)
        .flat()
        .filter((value) => value > threshold - 1e-6).length;
    assert.equal(active(0, THRESHOLD_ROWS), 300);
    assertNear(floats(outputs, 'l0')[0]! * rows, active(0), 1e-2);
    assert.ok(active(THRESHOLD_ROWS) > 0);
  });
});

test('an SAE with one threshold: its error, its active features and where each fires', async () => {
  const batch = drawBatch(9);
  const threshold = 0.4;
  await using session = await openSession(evaluationGraph(SHAPE), { provider: 'cpu' });
  const outputs = await session.run({
    parameters: float32(batch.parameters, [SIZE]),
    x: float32(batch.x, [9, 3]),
    y: float32(batch.y, [9, 4]),
    threshold: float32([threshold], [1]),
  });
  const pre = preActs(batch, batch.parameters);
  const fired = FEATURES.map((f) => pre.filter((row) => row[f]! > threshold).length);
  const n = fired.reduce((a, b) => a + b, 0);
  assert.deepEqual([...floats(outputs, 'fired')], fired);
  assert.equal(floats(outputs, 'l0')[0], n);
  // With n active values the loss is that of the n largest; its rows weigh 1 each here, and are summed.
  const even = { ...batch, weight: new Float32Array(9).fill(1) };
  assertNear(floats(outputs, 'error')[0]!, 9 * plainLoss(even, batch.parameters, n), 1e-4);
});
