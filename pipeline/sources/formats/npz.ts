import type { Entry, ZipFile } from 'yauzl';
import { BYTES, type DType, sizeOf, type Tensor, type TensorData } from '../../graph/tensor.ts';
import { readingAsync } from '../../schema/foreign-file.ts';
import { shown } from '../../schema/one-line.ts';
import { openZip, REMEDY, readEntry } from './zip.ts';

/** The arrays of one `.npz` file by name. */
export interface Npz {
  readonly path: string;
  readonly names: readonly string[];
  has(name: string): boolean;
  /** @throws if the file has no such array, naming those it has */
  get(name: string): Tensor;
}

/**
 * Read a NumPy archive (zip, stored or deflated) of `.npy` arrays, versions 1 to 3. Arrays in Fortran order, as Gemma
 * Scope's `W_enc` may be, are converted to row-major.
 * Source: numpy.lib.format.
 * @param only names of the arrays to read; all where left out
 * @throws one line that names the file and the array: not a zip, truncated, wrong checksum, unsupported element type
 */
export const readNpz = (path: string, only?: readonly string[]): Promise<Npz> =>
  readingAsync({ path, remedy: REMEDY }, async () => {
    const { zip, entries } = await openZip(path);
    const tensors = new Map<string, Tensor>();
    try {
      for (const [name, entry] of arraysOf(path, entries))
        if (!only || only.includes(name))
          tensors.set(name, await readArray(zip, entry, `${path}: ${name}`));
    } finally {
      zip.close();
    }
    return archive(path, tensors);
  });

/** The entries that are arrays, by name. What has another name is not read. @throws where two have one name */
function arraysOf(path: string, entries: readonly Entry[]): Map<string, Entry> {
  const arrays = new Map<string, Entry>();
  for (const entry of entries) {
    if (!entry.fileName.endsWith('.npy')) continue;
    const name = entry.fileName.slice(0, -'.npy'.length);
    if (arrays.has(name)) throw new Error(`${path}: ${name} stands twice: ${REMEDY}`);
    arrays.set(name, entry);
  }
  return arrays;
}

/** What the header of a `.npy` file says of its elements. */
export interface NpyHeader {
  /** Type of an element, as NumPy spells it: `<f4`. */
  readonly descr: string;
  readonly dims: readonly number[];
}

/**
 * The headers of the arrays of a NumPy archive, by name, of any element type; nothing else is read.
 * @throws as `readNpz` does, but does not detect damage after the headers
 */
export const readNpzHeaders = (path: string): Promise<Map<string, NpyHeader>> =>
  readingAsync({ path, remedy: REMEDY }, async () => {
    const { zip, entries } = await openZip(path);
    const headers = new Map<string, NpyHeader>();
    try {
      for (const [name, entry] of arraysOf(path, entries))
        headers.set(name, await readHeader(zip, entry, `${path}: ${name}`));
    } finally {
      zip.close();
    }
    return headers;
  });

/** One `.npy` file: magic, version, header length, a Python dictionary, the elements. */
function parseNpy(bytes: Buffer): Tensor {
  const { descr, fortran, dims, end } = parsePreamble(bytes);
  const type = TYPES.get(descr);
  if (!type)
    throw new Error(`element type ${descr}, expected one of ${[...TYPES.keys()].join(' ')}`);
  checkSize({ descr, dims }, bytes.length - end);
  const data = aligned(bytes.subarray(end));
  const values = type.view(data.buffer as ArrayBuffer, data.byteOffset, sizeOf(dims));
  return { dtype: type.dtype, dims, data: fortran ? toRowMajor(values, dims) : values };
}

/** @param has bytes of the elements @throws where the shape needs more or fewer; other types may have any number */
function checkSize({ descr, dims }: NpyHeader, has: number): void {
  const type = TYPES.get(descr);
  const needs = type && sizeOf(dims) * BYTES[type.dtype];
  if (needs !== undefined && needs !== has)
    throw new Error(`shape [${dims}] of ${descr} needs ${needs} bytes, has ${has}`);
}

/** NumPy aligns elements to 64 bytes; elements that are not aligned to 8 are copied. */
const aligned = (data: Uint8Array): Uint8Array =>
  data.byteOffset % 8 === 0 ? data : new Uint8Array(data);

/** Everything before the elements. @returns `end` is the offset of the elements */
function parsePreamble(bytes: Buffer): Header & { readonly end: number } {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 6) !== '\x93NUMPY')
    throw new Error('not a .npy array');
  if (bytes[6]! < 1 || bytes[6]! > 3)
    throw new Error(`.npy version ${bytes[6]}, expected 1, 2 or 3`);
  const [length, start] =
    bytes[6] === 1 ? [bytes.readUInt16LE(8), 10] : [bytes.readUInt32LE(8), 12];
  const end = start + length;
  return { ...parseHeader(bytes.toString('latin1', start, end)), end };
}

/** Convert column-major (the first index varies fastest) to row-major (the last index varies fastest). */
function toRowMajor<A extends TensorData>(columns: A, dims: readonly number[]): A {
  const rows = columns.slice() as A;
  const strides = dims.map((_, axis) => sizeOf(dims.slice(0, axis)));
  const index = dims.map(() => 0);
  for (let i = 0, from = 0; i < rows.length; i++) {
    rows[i] = columns[from]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      index[axis]!++;
      if (index[axis]! < dims[axis]!) break;
      from -= strides[axis]! * dims[axis]!;
      index[axis] = 0;
    }
  }
  return rows;
}

async function readArray(zip: ZipFile, entry: Entry, where: string): Promise<Tensor> {
  try {
    return parseNpy(await readEntry(zip, entry));
  } catch (cause) {
    throw new Error(`${where}: ${(cause as Error).message}: ${REMEDY}`, { cause });
  }
}

/** Bytes that are read for a header, which has about a hundred. */
const HEADER_BYTES = 1024;

async function readHeader(zip: ZipFile, entry: Entry, where: string): Promise<Header> {
  try {
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of await zip.openReadStreamPromise(entry)) {
      parts.push(part as Buffer);
      length += (part as Buffer).length;
      if (length >= HEADER_BYTES) break;
    }
    const { end, ...header } = parsePreamble(Buffer.concat(parts));
    checkSize(header, entry.uncompressedSize - end);
    return header;
  } catch (cause) {
    throw new Error(`${where}: ${(cause as Error).message}: ${REMEDY}`, { cause });
  }
}

type View = (...args: [memory: ArrayBuffer, offset: number, length: number]) => TensorData;

const TYPES: ReadonlyMap<string, { dtype: DType; view: View }> = new Map(
  Object.entries({
    '<f8': { dtype: 'float64', view: (...at) => new Float64Array(...at) },
    '<f4': { dtype: 'float32', view: (...at) => new Float32Array(...at) },
    '<f2': { dtype: 'float16', view: (...at) => new Uint16Array(...at) },
    '<i8': { dtype: 'int64', view: (...at) => new BigInt64Array(...at) },
    '<i4': { dtype: 'int32', view: (...at) => new Int32Array(...at) },
    '|i1': { dtype: 'int8', view: (...at) => new Int8Array(...at) },
    '|u1': { dtype: 'uint8', view: (...at) => new Uint8Array(...at) },
    '|b1': { dtype: 'bool', view: (...at) => new Uint8Array(...at) },
  } satisfies Record<string, { dtype: DType; view: View }>),
);

interface Header extends NpyHeader {
  readonly fortran: boolean;
}

/**
 * `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 24), }`: each key once, in any order, and no other. The type of
 * records is a list of fields, which is kept as it is written.
 */
function parseHeader(header: string): Header {
  const inside = /^\s*\{([^#]*)\}\s*$/.exec(header)?.[1];
  const entries = new Map<string, string>();
  let rest = inside ?? '';
  for (let found = ENTRY.exec(rest); found !== null; found = ENTRY.exec(rest)) {
    const { key, value } = found.groups as { key: string; value: string };
    if (entries.has(key)) return refuseHeader(header);
    entries.set(key, value);
    rest = rest.slice(found[0].length);
  }
  const [descr, order, shape] = ['descr', 'fortran_order', 'shape'].map((key) => entries.get(key));
  if (entries.size !== 3 || rest.trim() !== '' || !descr || !order || !shape)
    return refuseHeader(header);
  if (!/^(True|False)$/.test(order) || !SHAPE.test(shape)) return refuseHeader(header);
  return {
    descr: /^'(.*)'$/.exec(descr)?.[1] ?? descr,
    fortran: order === 'True',
    dims: (shape.match(/\d+/g) ?? []).map(Number),
  };
}

/** One entry of the dictionary, up to the comma after it or the end. */
const ENTRY =
  /^\s*'(?<key>\w+)'\s*:\s*(?<value>'[^']*'|True|False|\([^()]*\)|\[[^\]]*\])\s*(?:,|$)/;

/** A tuple of sizes; with one size, a comma is after it. */
const SHAPE = /^\(\s*(?:\d+\s*,\s*(?:\d+\s*,\s*)*(?:\d+\s*)?)?\)$/;

function refuseHeader(header: string): never {
  throw new Error(`unreadable .npy header ${shown(header)}`);
}

function archive(path: string, tensors: ReadonlyMap<string, Tensor>): Npz {
  const names = [...tensors.keys()];
  return {
    path,
    names,
    has: (name) => tensors.has(name),
    get: (name) => {
      const tensor = tensors.get(name);
      if (!tensor) throw new Error(`missing array: ${name} in ${path} (has ${names.join(' ')})`);
      return tensor;
    },
  };
}
