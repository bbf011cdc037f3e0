import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { float32, int64 } from '../../../pipeline/graph/tensor.ts';
import { openCheckpoint, readTensor } from '../../../pipeline/sources/formats/safetensors.ts';
import {
  streamSafetensors,
  type TensorSource,
  writeSafetensors,
} from '../../../pipeline/sources/formats/write-safetensors.ts';
import { tempDir } from '../../temp.ts';

test('what is written is read back, and equal input gives equal bytes', (t) => {
  const dir = tempDir(t);
  const tensors = {
    second: float32([1.5, -2, 3e-9], [3]),
    first: int64([7, 2 ** 40], [2, 1]),
    scalar: float32([4], []),
  };
  const write = (name: string) => {
    writeSafetensors(join(dir, name), tensors, { made_by: 'a test' });
    return readFileSync(join(dir, name));
  };
  const bytes = write('model.safetensors');
  assert.deepEqual(bytes, write('again.safetensors'));
  assert.deepEqual(readdirSync(dir), ['again.safetensors', 'model.safetensors']);
  assert.equal(bytes.readBigUInt64LE() % 8n, 0n);
  const { tensors: slices } = openCheckpoint(dir);
  assert.deepEqual([...slices.keys()], ['second', 'first', 'scalar']);
  assert.deepEqual(readTensor(slices.get('second')!), tensors.second);
  assert.deepEqual(slices.get('first')!.dims, [2, 1]);
  assert.throws(() => readTensor(slices.get('first')!), /int64 is not a floating type/);
});

test('a tensor whose parts do not make up its shape leaves no file', (t) => {
  const dir = tempDir(t);
  const path = join(dir, 'model.safetensors');
  const short = { name: 'short', dtype: 'float32', dims: [3], parts: () => [new Uint8Array(8)] };
  assert.throws(
    () => streamSafetensors(path, [short as TensorSource]),
    /tensor short of shape \[3\] needs 12 bytes, got 8/,
  );
  assert.deepEqual(readdirSync(dir), []);
});
