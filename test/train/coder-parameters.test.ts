import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import type { Activations } from '../../pipeline/train/activations.ts';
import { type CoderShape, coderTrainable } from '../../pipeline/train/batch-topk.ts';
import { coderData } from '../../pipeline/train/coder-data.ts';
import {
  coderArrays,
  decoderOf,
  initialCoder,
  normalizeRows,
  startOf,
} from '../../pipeline/train/coder-parameters.ts';
import { namedTensors } from '../../pipeline/train/parameters.ts';
import { assertNear } from '../miniature/miniature.ts';

const draw = (n: number, width: number, scale: number, key: string): Activations => {
  const random = keyedRandom(2, key);
  const data = Float32Array.from({ length: n * width }, () => scale * (2 * random() - 0.5));
  return { n, width, data };
};
const X = draw(30, 3, 7, 'x');
const Y = draw(30, 4, 0.2, 'y');

/** The norms of the rows of a decoder. */
const normsOf = (decoder: Float32Array, width: number): number[] =>
  Array.from({ length: decoder.length / width }, (_, f) =>
    Math.hypot(...decoder.subarray(f * width, (f + 1) * width)),
  );

suite('the first parameters of an SAE', () => {
  test('decoder rows have unit norm, and are the encoder’s where it reads what it rebuilds', () => {
    const shape: CoderShape = { dIn: 3, dSae: 6, dOut: 3 };
    const parameters = initialCoder(shape, coderData(X, X), startOf(1, 'res_1'));
    const decoder = decoderOf(parameters, shape);
    for (const norm of normsOf(decoder, 3)) assertNear(norm, 1, 1e-6);
    for (let f = 0; f < 6; f++) {
      const column = [0, 1, 2].map((i) => parameters[i * 6 + f]!);
      const norm = Math.hypot(...column);
      for (const i of [0, 1, 2]) assertNear(decoder[f * 3 + i]!, column[i]! / norm, 1e-6);
    }
  });

  test('at the mean input every value is 0, and the output is the mean', () => {
    const shape: CoderShape = { dIn: 3, dSae: 6, dOut: 4 };
    const data = coderData(X, Y);
    const parameters = initialCoder(shape, data, startOf(1, 'tc_1'));
    const { W_enc, b_enc, b_dec } = namedTensors(coderTrainable(shape), parameters);
    for (let f = 0; f < 6; f++) {
      const pre = [0, 1, 2].reduce((sum, i) => sum + data.xMean[i]! * W_enc!.data[i * 6 + f]!, 0);
      assertNear(pre + b_enc!.data[f]!, 0, 1e-6);
    }
    data.yMean.forEach((mean, j) => {
      assertNear(b_dec!.data[j]!, mean, 1e-6);
    });
    for (const norm of normsOf(decoderOf(parameters, shape), 4)) assertNear(norm, 1, 1e-6);
  });

  test('another seed or SAE starts elsewhere', () => {
    const shape: CoderShape = { dIn: 3, dSae: 6, dOut: 3 };
    const start = (seed: number, id: string) =>
      initialCoder(shape, coderData(X, X), startOf(seed, id));
    assert.deepEqual(start(1, 'res_1'), start(1, 'res_1'));
    assert.notDeepEqual(start(2, 'res_1'), start(1, 'res_1'));
    assert.notDeepEqual(start(1, 'res_2'), start(1, 'res_1'));
  });
});

test('rows are divided by their norms', () => {
  const matrix = Float32Array.of(3, 4, 0, -2);
  normalizeRows(matrix, 2);
  assert.deepEqual([...matrix], [Math.fround(0.6), Math.fround(0.8), 0, -1]);
});

for (const hasSkip of [false, true])
  test(`the written SAE does to raw activations what the trained one does to scaled ones${hasSkip ? ', with a skip connection' : ''}`, () => {
    const shape: CoderShape = { dIn: 3, dSae: 6, dOut: 4, hasSkip };
    const data = coderData(X, Y);
    const parameters = initialCoder(shape, data, startOf(1, 'tc_1'));
    if (hasSkip) parameters.fill(0.3, parameters.length - 12);
    const trained = namedTensors(coderTrainable(shape), parameters);
    const threshold = 0.3;
    const written = coderArrays(shape, parameters, { ...data, threshold });
    const names = ['W_dec', 'W_enc', ...(hasSkip ? ['W_skip'] : []), 'b_dec', 'b_enc', 'threshold'];
    assert.deepEqual(Object.keys(written).sort(), names);
    assert.deepEqual([...written.threshold!.data], new Array(6).fill(Math.fround(threshold)));
    let active = 0;
    for (let row = 0; row < X.n; row++) {
      const raw = [...X.data.subarray(row * 3, row * 3 + 3)];
      const scaled = apply(
        trained,
        raw.map((value) => value * data.xScale),
        threshold,
      );
      const unscaled = apply(written, raw, threshold);
      for (const [f, act] of scaled.acts.entries()) assertNear(unscaled.acts[f]!, act, 1e-5);
      for (const [j, value] of scaled.output.entries())
        assertNear(unscaled.output[j]!, value / data.yScale, 1e-5);
      active += scaled.acts.filter((act) => act > 0).length;
    }
    assert.ok(active > 30);
  });

/** A JumpReLU SAE of 6 features in plain loops. */
function apply(
  arrays: Readonly<Record<string, { readonly data: ArrayLike<number | bigint> }>>,
  x: readonly number[],
  threshold: number,
) {
  const at = (name: string, i: number) => Number(arrays[name]!.data[i]);
  const acts = Array.from({ length: 6 }, (_, f) => {
    const pre = x.reduce((sum, value, i) => sum + value * at('W_enc', i * 6 + f), at('b_enc', f));
    return pre > threshold ? pre : 0;
  });
  const skipped = (j: number) =>
    arrays.W_skip ? x.reduce((sum, value, i) => sum + value * at('W_skip', i * 4 + j), 0) : 0;
  const output = [0, 1, 2, 3].map((j) =>
    acts.reduce((sum, act, f) => sum + act * at('W_dec', f * 4 + j), at('b_dec', j) + skipped(j)),
  );
  return { acts, output };
}
