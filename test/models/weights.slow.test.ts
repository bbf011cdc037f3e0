import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { total } from '../../pipeline/graph/functions.ts';
import { mul } from '../../pipeline/graph/ops.ts';
import { int64, type Tensor } from '../../pipeline/graph/tensor.ts';
import { vjp } from '../../pipeline/graph/vjp.ts';
import { externalWeights } from '../../pipeline/models/weights.ts';
import { generate } from '../../pipeline/runtime/generate.ts';
import { numericsOf } from '../../pipeline/runtime/numerics.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { openCheckpoint, readTensor } from '../../pipeline/sources/formats/safetensors.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import {
  goldenModels,
  inputsOf,
  loadGolden,
  modelFiles,
  numbers,
  openGolden,
  tolerance,
} from '../golden.ts';
import { roundedLogits, roundedProducts } from './bfloat16.ts';
import { goldenModel, runGolden } from './golden-run.ts';

const golden = openGolden('config_A');
const dir = join(golden.dir, 'model');
const EMBEDDING = 'model.embed_tokens.weight';
/** Rows of 48 float32: blocks of 128, 128 and 64. */
const THREE_BLOCKS = { matrices: 'float32', largestBuffer: 128 * 48 * 4 } as const;

suite('an embedding in blocks', () => {
  const whole = loadModel(dir);
  const blocked = loadModel(dir, { numerics: THREE_BLOCKS });

  test('lies in ranges of the one file, whatever the file holds it in', () => {
    for (const name of ['model', 'model_bf16']) {
      const { tensors } = openCheckpoint(join(golden.dir, name));
      const graph = new Graph();
      const weights = externalWeights(graph, tensors, THREE_BLOCKS, 'float32');
      weights.rows(EMBEDDING, graph.input('ids', 'int64', ['B']));
      const slices = graph.initializers.flatMap((i) => ('external' in i ? [i.external] : []));
      assert.deepEqual(
        slices.map(({ dims }) => dims[0]),
        [128, 128, 64],
      );
      const table = numbers(readTensor(tensors.get(EMBEDDING)!).data);
      assert.deepEqual(
        slices.flatMap((slice) => numbers(readTensor(slice).data)),
        table,
      );
    }
  });

  test('gives the numbers of the whole one, forward and backward', async () => {
    const npz = await loadGolden(golden, 'forward_padded.npz');
    const expected = await runGolden({ npz, model: whole });
    const found = await runGolden({ npz, model: blocked });
    for (const [name, { data }] of expected)
      assert.ok(relativeError(found.get(name)!.data, data) < 1e-6, name);
  });

  test('gives the same completions', async () => {
    const prompts = [
      [2, 5],
      [2, 127, 128, 129],
      [2, 255, 256, 319],
    ].map((prompt, i) => ({ key: `${i}`, prompt }));
    const sampling = { seed: 1, temperature: 0.8, topP: 0.9, maxNewTokens: 12 };
    const options = { provider: 'cpu', ...sampling, stopIds: [], batchSize: 3 } as const;
    assert.deepEqual(
      await generate(blocked, prompts, options),
      await generate(whole, prompts, options),
    );
  });

  test('passes each row its own gradient', async () => {
    const graph = new Graph();
    const { tensors } = openCheckpoint(dir);
    const weights = externalWeights(graph, tensors, THREE_BLOCKS, 'float32');
    const rows = weights.rows(EMBEDDING, graph.input('ids', 'int64', ['B']));
    const blocks = graph.initializers.flatMap((i) => ('external' in i ? [i.value] : []));
    const gradients = vjp(total(mul(rows, rows)), blocks);
    for (const [i, gradient] of gradients.entries()) graph.output(`${i}`, gradient);
    const session = await openSession(graph, { provider: 'cpu' });
    const found = await session.run({ ids: int64([0, 127, 128, 300, 300], [5]) });
    await session.release();
    const table = readTensor(tensors.get(EMBEDDING)!).data;
    const expected = new Float32Array(table.length);
    for (const [id, times] of [
      [0, 1],
      [127, 1],
      [128, 1],
      [300, 2],
    ] as const)
      for (let i = id * 48; i < (id + 1) * 48; i++) expected[i] = 2 * times * table[i]!;
    assert.deepEqual(
      [0, 1, 2].flatMap((i) => numbers(found[i]!.data)),
      [...expected],
    );
  });

  test('of Gemma 2 2B on WebGPU has every row once, and no block above the limit', () => {
    const numerics = numericsOf('webgpu');
    const shape = { dtype: 'bfloat16', dims: [256_000, 2304] } as const;
    const slice = { file: '', offset: 16, bytes: 2 * 256_000 * 2304, ...shape };
    const graph = new Graph();
    const weights = externalWeights(graph, new Map([[EMBEDDING, slice]]), numerics, 'float32');
    weights.rows(EMBEDDING, graph.input('ids', 'int64', ['B']));
    const blocks = graph.initializers.flatMap((i) => ('external' in i ? [i.external] : []));
    assert.ok(blocks.length > 1);
    let end = slice.offset;
    for (const { offset, bytes } of blocks) {
      assert.equal(offset, end);
      assert.ok(2 * bytes <= numerics.largestBuffer!); // as float32
      end += bytes;
    }
    assert.equal(end, slice.offset + slice.bytes);
  });

  test('refuses a limit that no row fits', () => {
    const model = loadModel(dir, { numerics: { ...THREE_BLOCKS, largestBuffer: 100 } });
    assert.throws(
      () => model.load(new Graph()).exactProduct(new Graph().scalar(1, 'float32'), EMBEDDING),
      {
        message: 'a row of 48 values does not fit 100 bytes: allow more',
      },
    );
  });
});

/** Half a unit in the last of bfloat16's 8 bits, relative to the number. */
const ROUNDING = 2 ** -9;
/** Products of a layer that round their operand and their result: v, o, gate, up, down. */
const ROUNDED = 5;

/**
 * Roundings are independent of one another, so n of them add up to about √n of one. How much a model makes of an error
 * on its way is measured, not derived: these models, of random weights with large scores, make at most twice of it
 * forward; backward, where the error of the forward pass is met again, three times.
 */
suite('products in bfloat16, all else in float32', () => {
  const forward = (nLayers: number) => 2 * ROUNDING * Math.sqrt(2 * ROUNDED * nLayers);
  const backward = (nLayers: number) => 3 * ROUNDING * Math.sqrt(2 * 2 * ROUNDED * nLayers);
  for (const golden of goldenModels())
    for (const file of modelFiles(golden))
      test(`stay near the reference: ${golden.name}, ${file}`, async () => {
        const [npz, reference] = [inputsOf(golden, file), file].map((name) =>
          loadGolden(golden, name),
        );
        const model = goldenModel(golden, file);
        const { nLayers } = model.dims;
        const found = await runGolden({ npz: await npz!, model: roundedProducts(model) });
        const mask = (await npz!).get('attention_mask');
        const compared = (await reference!).names.filter((name) => COMPARED.test(name));
        assert.ok(compared.length > 0);
        for (const name of compared) {
          const expected = (await reference!).get(name);
          const seen = name.startsWith('grad_') ? () => true : realTokens(expected, mask);
          const error = relativeError(found.get(name)!.data, expected.data, seen);
          const bound = (name.startsWith('grad_') ? backward : forward)(nLayers);
          assert.ok(error <= bound, `${name}: ${error} > ${bound}`);
          assert.ok(error > ROUNDING / 10, `${name}: ${error}: nothing was rounded`);
        }
      });

  test('logits may not be: that alone would move them, and entropies, by more than ten tolerances', async () => {
    const [file, model] = ['forward_padded.npz', loadModel(dir)];
    const npz = await loadGolden(golden, file);
    const mask = npz.get('attention_mask');
    const [exact, found] = [model, roundedLogits(model)].map((model) => runGolden({ npz, model }));
    for (const name of ['logits', 'entropy']) {
      const [{ data }, expected] = [(await found!).get(name)!, (await exact!).get(name)!];
      const seen = realTokens(expected, mask);
      const errors = numbers(expected.data).map((x, i) =>
        seen(i) ? Math.abs(x - Number(data[i])) : 0,
      );
      const worst = errors.reduce((a, b) => Math.max(a, b));
      assert.ok(worst > 10 * tolerance(golden, file, name), `${name}: ${worst}`);
    }
  });
});

const COMPARED = /^(resid_post|z|logits|entropy|grad_\w+)$/;

function realTokens({ dims }: Tensor, mask: Tensor): (i: number) => boolean {
  const from = mask.dims.every((d, axis) => dims[axis] === d) ? 0 : 1;
  const inner = dims.slice(from + 2).reduce((a, b) => a * b, 1);
  const real = numbers(mask.data);
  return (i) => real[Math.floor(i / inner) % real.length] === 1;
}

/** `‖actual − expected‖ / ‖expected‖` */
function relativeError(
  actual: Tensor['data'],
  expected: Tensor['data'],
  seen: (i: number) => boolean = () => true,
): number {
  let [error, size] = [0, 0];
  numbers(expected).forEach((x, i) => {
    if (!seen(i)) return;
    error += (Number(actual[i]) - x) ** 2;
    size += x ** 2;
  });
  return Math.sqrt(error / size);
}
