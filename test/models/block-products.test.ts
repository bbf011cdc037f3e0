import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { BLOCK } from '../../pipeline/graph/block-matrix.ts';
import { Graph, type Node } from '../../pipeline/graph/builder.ts';
import { total } from '../../pipeline/graph/functions.ts';
import { blockGemm } from '../../pipeline/graph/ops.ts';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { vjp } from '../../pipeline/graph/vjp.ts';
import { writingInBlocks } from '../../pipeline/models/model.ts';
import { EMBEDDING } from '../../pipeline/models/weight-names.ts';
import { generate } from '../../pipeline/runtime/generate.ts';
import { missingKernels } from '../../pipeline/runtime/kernels.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { stepGraph } from '../../pipeline/runtime/step-graph.ts';
import { roundToBlocks, writeBlocks } from '../../pipeline/sources/formats/block-weights.ts';
import { openCheckpoint } from '../../pipeline/sources/formats/safetensors.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { type Scope, tempDir } from '../temp.ts';

const MINIATURE = join(import.meta.dirname, '../../data/models/miniature');

const normal = (n: number, key: string): Float32Array => {
  const uniform = keyedRandom(1, key);
  return Float32Array.from(
    { length: n },
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
};

const restored = ({ numbers, scales }: ReturnType<typeof roundToBlocks>): Float32Array =>
  Float32Array.from(numbers, (number, i) => (number - 128) * scales[Math.floor(i / BLOCK)]!);

test('rounding errs by half a step at most; what was rounded so before, and zeros, stay', () => {
  const values = normal(8 * BLOCK, 'values');
  values.fill(0, 0, BLOCK);
  const blocks = roundToBlocks(values);
  const once = restored(blocks);
  for (const [i, value] of values.entries()) {
    const step = blocks.scales[Math.floor(i / BLOCK)]!;
    assert.ok(Math.abs(once[i]! - value) <= (step / 2) * (1 + 1e-5), `value ${i}`);
  }
  assert.deepEqual(once.subarray(0, BLOCK), new Float32Array(BLOCK));
  assert.deepEqual(roundToBlocks(once).numbers, blocks.numbers);
});

/** [n, 64] · [rows, 64]ᵀ */
function blockGraph(n: number, rows: number) {
  const graph = new Graph();
  const blocks = roundToBlocks(normal(rows * 2 * BLOCK, 'weights'));
  const numbers: Tensor = { dtype: 'uint8', dims: [rows, 2, BLOCK], data: blocks.numbers };
  const matrix = {
    numbers: graph.constant(numbers),
    scales: graph.constant(float32(blocks.scales, [rows * 2])),
  };
  const x = graph.input('x', 'float32', [n, 2 * BLOCK]);
  return { graph, x, y: blockGemm(x, matrix), weights: restored(blocks) };
}

for (const n of [1, 5])
  test(`a product of ${n} rows in blocks is that of the restored weights, but for the rounding of its operand`, async () => {
    const rows = 24;
    const { graph, y, weights } = blockGraph(n, rows);
    graph.output('y', y);
    const data = normal(n * 2 * BLOCK, 'operand');
    await using session = await openSession(graph, { provider: 'cpu' });
    const found = (await session.run({ x: float32(data, [n, 2 * BLOCK]) })).y!.data;
    let [error, size] = [0, 0];
    for (let i = 0; i < n; i++)
      for (let row = 0; row < rows; row++) {
        let exact = 0;
        for (let k = 0; k < 2 * BLOCK; k++)
          exact += data[i * 2 * BLOCK + k]! * weights[row * 2 * BLOCK + k]!;
        error += (Number(found[i * rows + row]) - exact) ** 2;
        size += exact ** 2;
      }
    assert.ok(Math.sqrt(error / size) < 0.02, `${Math.sqrt(error / size)}`);
    assert.ok(error > 0); // 8 bits of the operand: else the runtime computed in float32
  });

test('it has no derivative, and says so; no kernel but the CPU’s', () => {
  const { graph, x, y } = blockGraph(1, 8);
  assert.throws(() => vjp(total(y), [x]), {
    message: 'a product of whole numbers has no derivative: load the weights in float32',
  });
  const { graph: plain, y: output } = blockGraph(1, 8);
  plain.output('y', output);
  assert.deepEqual(
    missingKernels(plain, 'webgpu').map(({ op }) => op),
    ['MatMulNBits'],
  );
  assert.deepEqual(missingKernels(plain, 'cpu'), []);
  assert.throws(
    () => blockGemm(graph.input('narrow', 'float32', [1, 32]), matrixOf(y)),
    /does not match/,
  );
});

const matrixOf = ({ producer }: ReturnType<typeof blockGraph>['y']) => ({
  numbers: producer!.inputs[1]!,
  scales: producer!.inputs[2]!,
});

/** The miniature, which writes with rounded weights. */
function rounded(t: Scope) {
  const model = loadModel(MINIATURE);
  const dir = tempDir(t);
  const path = join(dir, 'model.safetensors');
  let last: readonly number[] = [];
  writeBlocks(model.checkpoint, [EMBEDDING], path, (...progress) => {
    last = progress;
  });
  assert.equal(last[0], last[1]); // what is written comes to the total that was said
  return { model, writing: writingInBlocks(model, openCheckpoint(dir)) };
}

test('a model that writes in blocks has no other product when it writes, and none of them when it is read', (t) => {
  const { model, writing } = rounded(t);
  const ofWeights = ({ op, inputs }: Node) =>
    op === 'MatMulNBits' || (op === 'Gemm' && inputs[1]!.producer === null);
  const ops = ({ nodes }: Graph) => new Set(nodes.filter(ofWeights).map(({ op }) => op));
  assert.deepEqual(ops(stepGraph(writing).graph), new Set(['MatMulNBits']));
  assert.deepEqual(ops(stepGraph(model).graph), new Set(['Gemm']));
  const read = new Graph();
  writing.load(read);
  assert.ok(read.initializers.every(({ value }) => value.dtype === 'float32'));
});

test('the miniature’s likeliest tokens are nearly all the same in blocks', async (t) => {
  const { model, writing } = rounded(t);
  const prompts = Array.from({ length: 40 }, (_, i) => ({
    key: `prompt ${i}`,
    prompt: [2, 4 + i, 90 + 3 * i],
  }));
  const greedy = { provider: 'cpu', seed: 3, batchSize: 40, stopIds: [], temperature: 1 } as const;
  const options = { ...greedy, topP: 1e-9, maxNewTokens: 8 };
  const first = (await generate(model, prompts, options)).map(({ ids }) => ids[0]);
  const found = (await generate(writing, prompts, options)).map(({ ids }) => ids[0]);
  const same = first.filter((id, i) => id === found[i]).length;
  assert.ok(same >= 36, `${same} of ${first.length}`);
  assert.deepEqual(
    await generate(writing, prompts, options),
    await generate(writing, prompts, options),
  );
});
