import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { float32 } from '../../../pipeline/graph/tensor.ts';
import { openCheckpoint, readTensor } from '../../../pipeline/sources/formats/safetensors.ts';
import { widenCheckpoint } from '../../../pipeline/sources/formats/widen.ts';
import { writeSafetensors } from '../../../pipeline/sources/formats/write-safetensors.ts';
import { tempDir } from '../../temp.ts';

test('a widened checkpoint holds the same values as float32', (t) => {
  const dir = tempDir(t);
  const bits = Uint16Array.from([0x3f80, 0xc000, 0x7f7f, 0x0001]);
  writeSafetensors(join(dir, 'model.safetensors'), {
    wide: float32([1.5, -2], [2]),
    narrow: { dtype: 'bfloat16', dims: [2, 2], data: bits },
  });
  const narrow = openCheckpoint(dir);
  mkdirSync(join(dir, 'wide'));
  widenCheckpoint(narrow, join(dir, 'wide/model.safetensors'));
  const { tensors } = openCheckpoint(join(dir, 'wide'));
  assert.deepEqual([...tensors.keys()], ['wide', 'narrow']);
  for (const [name, slice] of tensors) {
    assert.equal(slice.dtype, 'float32');
    assert.deepEqual(readTensor(slice), readTensor(narrow.tensors.get(name)!));
  }
});
