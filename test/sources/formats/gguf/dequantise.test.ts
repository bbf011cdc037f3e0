import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readTypes } from '../../../../pipeline/sources/formats/gguf/dequantise.ts';
import { openGguf } from '../../../../pipeline/sources/formats/gguf/open.ts';
import { readNpz } from '../../../../pipeline/sources/formats/npz.ts';
import { GGUF_DIR } from './write-gguf.ts';

const { tensors } = openGguf(join(GGUF_DIR, 'types.gguf'));
const bytes = readFileSync(join(GGUF_DIR, 'types.gguf'));
const npz = await readNpz(join(GGUF_DIR, 'types.npz'));

test('the reference has every type that is read, and every tensor of the file', () => {
  const there = [...tensors.values()].map(({ type }) => type.name);
  assert.deepEqual([...new Set(there)].sort(), readTypes().sort());
  assert.deepEqual([...tensors.keys()].sort(), [...npz.names].sort());
});

for (const { name, type, dims, offset, bytes: length } of tensors.values())
  test(`${name}: ${type.name} gives the reference's float32, bit for bit`, () => {
    const expected = npz.get(name);
    assert.deepEqual(dims, expected.dims);
    const values = type.dequantise(bytes.subarray(offset, offset + length));
    const bits = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
      Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
    assert.deepEqual(Array.from(values), Array.from(expected.data as Float32Array));
    assert.equal(Buffer.compare(bits(values), bits(expected.data)), 0);
  });
