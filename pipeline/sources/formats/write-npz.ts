import { renameSync, writeFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import type { DType, Tensor } from '../../graph/tensor.ts';

/**
 * Write arrays as a NumPy archive, to a temporary name that is then renamed. Its date is fixed, so that equal arrays give
 * equal bytes. Arrays are deflated unless `stored` is set.
 */
export function writeNpz(
  path: string,
  arrays: Readonly<Record<string, Tensor>>,
  { stored = false } = {},
): void {
  const files = Object.entries(arrays).map(([name, tensor]) => ({
    name: `${name}.npy`,
    bytes: npy(tensor),
  }));
  writeFileSync(`${path}.tmp`, zip(files, { stored }));
  renameSync(`${path}.tmp`, path);
}

/** The bytes of one `.npy` file, version 1, its data aligned to 64 bytes. Source: numpy.lib.format. */
export function npy({ dtype, dims, data }: Tensor, { fortran = false } = {}): Buffer {
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  const order = fortran ? 'True' : 'False';
  const header = `{'descr': '${DESCR[dtype]}', 'fortran_order': ${order}, 'shape': (${shape}), }`;
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11);
  const prefix = Buffer.from('\x93NUMPY\x01\x00\0\0', 'latin1');
  prefix.writeUInt16LE(padded.length + 1, 8);
  const values = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([prefix, Buffer.from(`${padded}\n`), values]);
}

/** The bytes of a zip archive of files, in the given order. */
export function zip(
  files: readonly { name: string; bytes: Buffer }[],
  { stored = false } = {},
): Buffer {
  const contents = Object.fromEntries(files.map(({ name, bytes }) => [name, bytes]));
  const { buffer, byteOffset, byteLength } = zipSync(contents, {
    level: stored ? 0 : 9,
    mtime: JANUARY_1980,
  });
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The fixed date of archives, in local time, which zip stores: equal bytes in every time zone. */
const JANUARY_1980 = new Date(1980, 0, 1);

const DESCR: Readonly<Partial<Record<DType, string>>> = {
  float64: '<f8',
  float32: '<f4',
  float16: '<f2',
  int64: '<i8',
  int32: '<i4',
  int8: '|i1',
  uint8: '|u1',
  bool: '|b1',
};
