import { renameSync, writeFileSync } from 'node:fs';
import { crc32, deflateRawSync } from 'node:zlib';
import type { DType, Tensor } from '../../graph/tensor.ts';

/**
 * Write arrays as a NumPy archive to a temporary name, then rename: no dates, so equal input gives equal bytes.
 * Deflated, unless they are to be stored as they are.
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

/** One `.npy` file, version 1, its data aligned to 64 bytes. Source: numpy.lib.format. */
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

/** A zip archive. Source: PKWARE APPNOTE 4.3.7, 4.3.12 and 4.3.16. */
export function zip(
  files: readonly { name: string; bytes: Buffer }[],
  { stored = false } = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const data = stored ? bytes : deflateRawSync(bytes, { level: 9 });
    const common = fields([20, 2], [0, 2], [stored ? 0 : 8, 2], [0, 2], [JANUARY_1980, 2]).concat(
      fields([crc32(bytes), 4], [data.length, 4], [bytes.length, 4], [name.length, 2], [0, 2]),
    );
    const local = Buffer.concat([...fields([0x04034b50, 4]), ...common, Buffer.from(name), data]);
    const pointer = fields([0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]);
    directory.push(...fields([0x02014b50, 4], [20, 2]), ...common, ...pointer, Buffer.from(name));
    parts.push(local);
    offset += local.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const n = files.length;
  const end = fields(
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [n, 2],
    [n, 2],
    [size, 4],
    [offset, 4],
    [0, 2],
  );
  return Buffer.concat([...parts, ...directory, ...end]);
}

const JANUARY_1980 = 0x21;

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

/** Little-endian integers as (value, bytes). */
function fields(...pairs: readonly (readonly [number, number])[]): Buffer[] {
  return pairs.map(([value, bytes]) => {
    const field = Buffer.alloc(bytes);
    field.writeUIntLE(value, 0, bytes);
    return field;
  });
}
