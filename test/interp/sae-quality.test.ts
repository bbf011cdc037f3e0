import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { saeQuality } from '../../pipeline/interp/sae-quality/sae-quality.ts';
import { ALL, FIRST, LEAST_RISE, shareRecovered } from '../../pipeline/interp/sae-quality/tally.ts';
import { hooksOf } from '../../pipeline/sae/release.ts';
import { GEMMA_SCOPE } from '../../pipeline/sae/releases/gemma-scope.ts';
import type { SaeFile } from '../../pipeline/sae/sae.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { openGolden } from '../golden.ts';
import { inMemory } from '../golden-sae.ts';
import { cpuReader } from '../reader.ts';

const model = loadModel(join(openGolden('config_A').dir, 'model'));
const random = keyedRandom(5, 'quality');
const readings = [14, 9, 20].map((length) => ({
  ids: [2, ...Array.from({ length }, () => 3 + Math.floor(random() * 280))],
  kinds: Array.from({ length: length + 1 }, (_, pos) => (pos < 5 ? ['prompt'] : ['item'])),
}));

/** One feature for each sign of each coordinate: a perfect code, scaled by `keep`. */
function signedIdentity(layer: number, d: number, keep: number): SaeFile {
  const encoder = new Float32Array(d * 2 * d);
  const decoder = new Float32Array(2 * d * d);
  for (let i = 0; i < d; i++)
    for (const [sign, f] of [
      [1, i],
      [-1, d + i],
    ] as const) {
      encoder[i * 2 * d + f] = sign;
      decoder[f * d + i] = sign * keep;
    }
  const [hook, outputHook] = hooksOf(GEMMA_SCOPE, 'res', layer);
  const params = {
    W_enc: float32(encoder, [d, 2 * d]),
    b_enc: float32(new Float32Array(2 * d), [2 * d]),
    W_dec: float32(decoder, [2 * d, d]),
    b_dec: float32(new Float32Array(d), [d]),
    threshold: float32(new Float32Array(2 * d), [2 * d]),
  };
  const sizes = { dIn: d, dSae: 2 * d, dOut: d };
  return inMemory({ id: `res_${layer}`, family: 'res', layer, hook, outputHook, ...sizes, params });
}

/** The quality at counted positions, by kind, and apart from these at the first. */
async function measure(sae: SaeFile) {
  const [quality] = await saeQuality(cpuReader(model), [sae], readings);
  const { kinds: all, nDead } = quality!;
  const kinds = all.filter(({ kind }) => kind !== FIRST);
  return { kinds, nDead, first: all.find(({ kind }) => kind === FIRST)! };
}

test('a perfect code loses nothing, and each coordinate is one active feature', async () => {
  const { dModel } = model.dims;
  const { kinds, nDead } = await measure(signedIdentity(1, dModel, 1));
  assert.deepEqual(kinds.map(({ kind }) => kind).sort(), [ALL, 'item', 'prompt']);
  for (const { l0, fvu, rise, riseOfZero } of kinds) {
    assert.ok(Math.abs(l0 - dModel) < 1e-9);
    assert.ok(fvu < 1e-9);
    assert.ok(Math.abs(rise / riseOfZero) < 1e-4);
  }
  const all = kinds.find(({ kind }) => kind === ALL)!;
  // BOS is left out of every kind.
  assert.equal(
    all.n,
    readings.reduce((sum, { ids }) => sum + ids.length - 1, 0),
  );
  assert.equal(kinds.find(({ kind }) => kind === 'prompt')!.n, 3 * 4);
  assert.ok(nDead < dModel);
});

test('a code of zero recovers nothing', async () => {
  const { kinds } = await measure(signedIdentity(1, model.dims.dModel, 0));
  for (const { rise, riseOfZero } of kinds) assert.ok(Math.abs(rise / riseOfZero - 1) < 1e-6);
});

test('a code that halves the activation leaves a quarter of its power unexplained, or more', async () => {
  const { kinds } = await measure(signedIdentity(1, model.dims.dModel, 0.5));
  for (const { fvu } of kinds) assert.ok(fvu >= 0.25, String(fvu));
});

test('the first position is apart: in no other kind, and nothing is replaced there', async () => {
  const half = await measure(signedIdentity(1, model.dims.dModel, 0.5));
  assert.equal(half.first.n, readings.length);
  assert.ok(Math.abs(half.first.relativeError - 0.25) < 1e-6);
  // BOS is the same in every list: it has no variance that a share could be left of.
  assert.ok(Number.isNaN(half.first.fvu));
  assert.ok(Number.isNaN(half.first.rise) && Number.isNaN(half.first.lossRecovered));
});

test('where a worse activation hardly raises the loss, no share of it is recovered', () => {
  // Of the miniature: att_5 at newlines, tc_3 at hyphens, and a prompt that zeroing makes easier.
  for (const [rise, worse] of [
    [0.00008, -0.0000064],
    [0.0021, -0.00037],
    [-0.0226, -3.0157],
    [0.01, 0.99 * LEAST_RISE],
  ] as const)
    assert.ok(Number.isNaN(shareRecovered(rise, worse)));
  assert.equal(shareRecovered(0.025, LEAST_RISE), 0.75);
});
