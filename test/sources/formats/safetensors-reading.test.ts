import assert from 'node:assert/strict';
import { realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Tensor } from '../../../pipeline/graph/tensor.ts';
import {
  assertFiniteWeights,
  type Checkpoint,
  openCheckpoint,
  readTensor,
} from '../../../pipeline/sources/formats/safetensors.ts';
import { writeSafetensors } from '../../../pipeline/sources/formats/write-safetensors.ts';
import { goldenModels, openGolden } from '../../golden.ts';
import { tempDir } from '../../temp.ts';
import { EMBEDDING, MODEL, writeIndex } from './golden-checkpoint.ts';

const readAll = ({ tensors }: Checkpoint): Record<string, Tensor<Float32Array>> =>
  Object.fromEntries([...tensors].map(([name, slice]) => [name, readTensor(slice)]));

test('every golden model has the tensors that its manifest lists', () => {
  for (const { dir, manifest } of goldenModels()) {
    const listed = (manifest as unknown as { model: { tensors: Record<string, number[]> } }).model
      .tensors;
    const { tensors } = openCheckpoint(join(dir, 'model'));
    const found = [...tensors].map(([name, slice]) => [name, slice.dims]);
    assert.deepEqual(Object.fromEntries(found), listed);
    for (const [name, slice] of tensors) assertFiniteWeights(name, slice);
  }
});

test('bfloat16 widens to the float32 weights rounded to their upper half', () => {
  const wide = readAll(openCheckpoint(MODEL));
  const narrow = readAll(openCheckpoint(join(openGolden('config_A').dir, 'model_bf16')));
  for (const [name, { data }] of Object.entries(narrow)) {
    const bits = new Uint32Array(data.buffer);
    assert.ok(
      bits.every((b) => (b & 0xffff) === 0),
      name,
    );
    const relative = data.map((x, i) => Math.abs(x / wide[name]!.data[i]! - 1));
    assert.ok(Math.max(...relative) <= 2 ** -8, name);
  }
});

test('float16 widens exactly: zero, subnormal, normal, greatest, infinite', (t) => {
  const path = join(tempDir(t), 'model.safetensors');
  const data = Uint16Array.of(0x0000, 0x0001, 0x3c00, 0xc248, 0x7bff, 0xfc00);
  writeSafetensors(path, { half: { dtype: 'float16', dims: [6], data } });
  const half = readTensor(openCheckpoint(join(path, '..')).tensors.get('half')!);
  assert.deepEqual([...half.data], [0, 2 ** -24, 1, -3.140625, 65504, Number.NEGATIVE_INFINITY]);
});

test('a checkpoint in shards reads as the same tensors as one file', (t) => {
  const whole = readAll(openCheckpoint(MODEL));
  assert.deepEqual(readAll(openCheckpoint(shard(tempDir(t), whole))), whole);
});

/** Split a model over three files, tensors dealt in turn. */
function shard(dir: string, tensors: Readonly<Record<string, Tensor>>): string {
  const names = Object.keys(tensors);
  const file = (i: number) => `model-0000${(i % 3) + 1}-of-00003.safetensors`;
  for (const i of [0, 1, 2]) {
    const mine = names.filter((_, at) => at % 3 === i).map((name) => [name, tensors[name]!]);
    writeSafetensors(join(dir, file(i)), Object.fromEntries(mine));
  }
  const map = Object.fromEntries(names.map((name, i) => [name, file(i)]));
  writeIndex(dir, JSON.stringify({ metadata: {}, weight_map: map }));
  return dir;
}

test('slices name the real file behind a link, as the hub lays its cache out', (t) => {
  const dir = tempDir(t);
  symlinkSync(realpathSync(join(MODEL, 'model.safetensors')), join(dir, 'model.safetensors'));
  const slice = openCheckpoint(dir).tensors.get(EMBEDDING)!;
  assert.equal(slice.file, realpathSync(join(MODEL, 'model.safetensors')));
});
