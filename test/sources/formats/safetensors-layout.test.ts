import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { openSafetensors } from '../../../pipeline/sources/formats/safetensors.ts';
import { tempDir } from '../../temp.ts';

suite('every byte belongs to one tensor', () => {
  const file = (dir: string, offsets: Record<string, [number, number]>, bytes = 16): string => {
    const entries = Object.entries(offsets).map(([name, data_offsets]) => {
      const shape = [(data_offsets[1] - data_offsets[0]) / 4];
      return [name, { dtype: 'F32', shape, data_offsets }];
    });
    const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const path = join(dir, 'model.safetensors');
    writeFileSync(path, Buffer.concat([length, header, Buffer.alloc(bytes)]));
    return path;
  };

  test('in any order, and of no length', (t) => {
    const path = file(tempDir(t), { b: [8, 16], a: [0, 8], none: [8, 8] });
    assert.equal(openSafetensors(path).size, 3);
  });

  for (const [what, offsets, message] of [
    ['two names of one place', { a: [0, 16], b: [0, 16] }, /b overlaps a/],
    ['a part of another', { a: [0, 16], b: [4, 8] }, /b overlaps a/],
    ['a hole', { a: [0, 4], b: [8, 16] }, /unused bytes between a and b/],
    ['a hole at the start', { a: [4, 16] }, /unused bytes between the header and a/],
    ['bytes at the end', { a: [0, 12] }, /unused bytes after a/],
  ] as const)
    test(what, (t) => {
      const path = file(tempDir(t), offsets as unknown as Record<string, [number, number]>);
      const line = new RegExp(`model\\.safetensors: ${message.source}: fetch or train`);
      assert.throws(() => openSafetensors(path), line);
    });
});
