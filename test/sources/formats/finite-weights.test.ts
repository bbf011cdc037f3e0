import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { float32, int64 } from '../../../pipeline/graph/tensor.ts';
import {
  assertFiniteWeights,
  openCheckpoint,
} from '../../../pipeline/sources/formats/safetensors.ts';
import { writeSafetensors } from '../../../pipeline/sources/formats/write-safetensors.ts';
import { tempDir } from '../../temp.ts';

test('weights that are not finite are refused by name, in every width', (t) => {
  const dir = tempDir(t);
  const half = (bits: number[]) => ({ dims: [3], data: Uint16Array.from(bits) });
  writeSafetensors(join(dir, 'model.safetensors'), {
    float32: float32([1, Number.NaN, 2], [3]),
    infinite: float32([1, -Number.POSITIVE_INFINITY, 2], [3]),
    bfloat16: { dtype: 'bfloat16', ...half([0x3f80, 0x7fc0, 0x7f7f]) },
    float16: { dtype: 'float16', ...half([0x3c00, 0x7e00, 0x7bff]) },
    float64: { dtype: 'float64', dims: [2], data: Float64Array.of(1, Number.NaN) },
    beyond32: { dtype: 'float64', dims: [2], data: Float64Array.of(3.4e38, 1e39) },
    // The largest of each width is finite; so is every integer.
    good: float32([3.4e38, -3.4e38, 0], [3]),
    good16: { dtype: 'float16', ...half([0x7bff, 0xfbff, 0]) },
    whole: int64([-1, 2 ** 40], [2]),
  });
  for (const [name, slice] of openCheckpoint(dir).tensors) {
    const check = () => assertFiniteWeights(name, slice);
    if (/^(good|whole)/.test(name)) check();
    else assert.throws(check, new RegExp(`model.safetensors: ${name}: value 1 is not finite: `));
  }
});

test('a value that is not finite is found at every place of its word', (t) => {
  const dir = tempDir(t);
  for (const length of [4, 5])
    for (let at = 0; at < length; at++) {
      const data = new Uint16Array(length).fill(0x3f80);
      data[at] = 0xff80;
      const one = { dtype: 'bfloat16', dims: [length], data } as const;
      writeSafetensors(join(dir, 'model.safetensors'), { one });
      const slice = openCheckpoint(dir).tensors.get('one')!;
      assert.throws(() => assertFiniteWeights('one', slice), new RegExp(`value ${at} is not`));
    }
});
