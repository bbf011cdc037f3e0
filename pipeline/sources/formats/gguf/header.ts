import type { FileBytes } from '../file-bytes.ts';
import { nameOfType, readTypes, type TensorType, tensorType } from './dequantise.ts';

/** A GGUF file of which all but the tensors' values is read. */
export interface GgufFile extends Pick<FileBytes, 'path' | 'read'> {
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

export type MetadataValue = Scalar | readonly Scalar[];
export type Scalar = number | boolean | string;

/** A tensor's values in the file: rows of quantised blocks. */
export interface GgufTensor {
  readonly name: string;
  /** Row-major, the fastest axis last; the file has them the other way round. */
  readonly dims: readonly number[];
  readonly type: TensorType;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Read the metadata and the list of tensors of a GGUF file, versions 2 and 3, little-endian.
 * Source: ggml-org/ggml, docs/gguf.md.
 * @throws one line that names the file and the key or tensor: not GGUF, truncated, a type that is not read, tensors
 *   that overlap or lie outside the file
 */
export function readGguf(file: FileBytes): GgufFile {
  const cursor = new Cursor(file);
  const { path } = file;
  checkMagic(cursor);
  const tensorCount = cursor.length('the number of tensors');
  const keyCount = cursor.length('the number of keys');
  const metadata = new Map<string, MetadataValue>();
  for (let i = 0; i < keyCount; i++) {
    const key = cursor.text(`the name of key ${i} of ${keyCount}`);
    if (metadata.has(key)) throw new Error(`${path}: key ${key} stands twice: ${REFETCH}`);
    metadata.set(key, readValue(cursor, key));
  }
  cursor.expect(tensorCount * LEAST_ENTRY, 'the list of tensors');
  const entries = Array.from({ length: tensorCount }, (_, i) => readEntry(cursor, i, tensorCount));
  const alignment = alignmentOf(path, metadata);
  const start = Math.ceil(cursor.at / alignment) * alignment;
  const tensors = placed(entries, { path, start, alignment, end: file.size });
  return { path, read: file.read, metadata, tensors };
}

export const REFETCH = 'fetch the file again';

function checkMagic(cursor: Cursor): void {
  const { path } = cursor;
  const magic = String.fromCharCode(...bytesOf(cursor.take(4, 'the first bytes')));
  if (magic !== 'GGUF')
    throw new Error(`${path}: begins with ${JSON.stringify(magic)}, not GGUF: name a GGUF file`);
  const version = cursor.take(4, 'the version');
  const number = version.getUint32(0, true);
  if (number === 2 || number === 3) return;
  const swapped = version.getUint32(0);
  throw new Error(
    swapped === 2 || swapped === 3
      ? `${path}: big-endian: convert it to little-endian`
      : `${path}: GGUF version ${number}, expected 2 or 3: convert it again`,
  );
}

/** How a type of metadata is read from its bytes, by its number in the file. */
interface ScalarType {
  readonly bytes: number;
  read(bytes: DataView, at: number): Scalar | bigint;
}

const SCALARS: Readonly<Record<number, ScalarType>> = {
  0: { bytes: 1, read: (bytes, at) => bytes.getUint8(at) },
  1: { bytes: 1, read: (bytes, at) => bytes.getInt8(at) },
  2: { bytes: 2, read: (bytes, at) => bytes.getUint16(at, true) },
  3: { bytes: 2, read: (bytes, at) => bytes.getInt16(at, true) },
  4: { bytes: 4, read: (bytes, at) => bytes.getUint32(at, true) },
  5: { bytes: 4, read: (bytes, at) => bytes.getInt32(at, true) },
  6: { bytes: 4, read: (bytes, at) => bytes.getFloat32(at, true) },
  7: { bytes: 1, read: readBool },
  10: { bytes: 8, read: (bytes, at) => bytes.getBigUint64(at, true) },
  11: { bytes: 8, read: (bytes, at) => bytes.getBigInt64(at, true) },
  12: { bytes: 8, read: (bytes, at) => bytes.getFloat64(at, true) },
};
const TEXT = 8;
const ARRAY = 9;

function readBool(bytes: DataView, at: number): boolean {
  const byte = bytes.getUint8(at);
  if (byte > 1) throw new Error(`the byte ${byte} is neither true nor false`);
  return byte === 1;
}

function readValue(cursor: Cursor, key: string): MetadataValue {
  const what = `key ${key}`;
  const type = cursor.uint32(what);
  if (type === ARRAY) return readArray(cursor, what);
  if (type === TEXT) return cursor.text(what);
  return readScalars(cursor, what, { type, count: 1 })[0]!;
}

function readArray(cursor: Cursor, what: string): Scalar[] {
  const type = cursor.uint32(what);
  const count = cursor.length(what);
  if (type !== TEXT) return readScalars(cursor, what, { type, count });
  cursor.expect(count * 8, what); // a text has at least its length
  return Array.from({ length: count }, () => cursor.text(what));
}

function readScalars(
  cursor: Cursor,
  what: string,
  { type, count }: { type: number; count: number },
): Scalar[] {
  const scalar = SCALARS[type];
  if (!scalar)
    throw new Error(`${cursor.path}: ${what} has values of type ${type}, not known: ${REFETCH}`);
  const bytes = cursor.take(count * scalar.bytes, what);
  try {
    return Array.from({ length: count }, (_, i) => exact(scalar.read(bytes, i * scalar.bytes)));
  } catch (cause) {
    throw new Error(`${cursor.path}: ${what}: ${(cause as Error).message}: ${REFETCH}`, { cause });
  }
}

function exact(value: Scalar | bigint): Scalar {
  if (typeof value !== 'bigint') return value;
  if (BigInt.asIntN(54, value) !== value)
    throw new Error(`${value} is larger than a number holds exactly`);
  return Number(value);
}

/** Bytes of a tensor's entry without a name and with one axis. */
const LEAST_ENTRY = 32;

/** What the file says of a tensor; its offset counts from the start of the data. */
interface Entry {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: TensorType;
  readonly offset: number;
}

function readEntry(cursor: Cursor, index: number, count: number): Entry {
  const { path } = cursor;
  const name = cursor.text(`the name of tensor ${index} of ${count}`);
  const what = `the entry of tensor ${name}`;
  const axes = cursor.uint32(what);
  if (axes < 1 || axes > 4)
    throw new Error(`${path}: tensor ${name} has ${axes} axes, expected 1 to 4: ${REFETCH}`);
  const stored = Array.from({ length: axes }, () => cursor.length(what));
  const id = cursor.uint32(what);
  const offset = cursor.length(what);
  const type = tensorType(id);
  if (!type)
    throw new Error(
      `${path}: tensor ${name} has the type ${nameOfType(id)}: use a file quantised to ${readTypes().join(', ')}`,
    );
  if (stored.some((n) => n < 1) || stored[0]! % type.blockValues !== 0)
    throw new Error(
      `${path}: tensor ${name} of shape [${stored}] is not made of ${type.name}'s blocks of ${type.blockValues}: ${REFETCH}`,
    );
  return { name, dims: stored.reverse(), type, offset };
}

function alignmentOf(path: string, metadata: ReadonlyMap<string, MetadataValue>): number {
  const alignment = metadata.get('general.alignment') ?? 32;
  if (typeof alignment === 'number' && alignment >= 8 && Number.isInteger(Math.log2(alignment)))
    return alignment;
  throw new Error(`${path}: general.alignment is ${alignment}, not a power of two: ${REFETCH}`);
}

interface Extent {
  readonly path: string;
  /** Where the data begin. */
  readonly start: number;
  readonly alignment: number;
  /** Bytes of the file. */
  readonly end: number;
}

function placed(entries: readonly Entry[], extent: Extent): Map<string, GgufTensor> {
  const tensors = new Map<string, GgufTensor>();
  for (const entry of entries) {
    if (tensors.has(entry.name))
      throw new Error(`${extent.path}: tensor ${entry.name} stands twice: ${REFETCH}`);
    tensors.set(entry.name, place(entry, extent));
  }
  const inOrder = [...tensors.values()].sort((a, b) => a.offset - b.offset);
  inOrder.forEach((tensor, i) => {
    const before = inOrder[i - 1];
    if (before && before.offset + before.bytes > tensor.offset)
      throw new Error(
        `${extent.path}: tensor ${tensor.name} overlaps tensor ${before.name}: ${REFETCH}`,
      );
  });
  return tensors;
}

function place(entry: Entry, { path, start, alignment, end }: Extent): GgufTensor {
  const { name, dims, type } = entry;
  if (entry.offset % alignment !== 0)
    throw new Error(
      `${path}: tensor ${name} at offset ${entry.offset}, not a multiple of ${alignment}: ${REFETCH}`,
    );
  const offset = start + entry.offset;
  const bytes = dims.reduce((a, b) => a * b, 1 / type.blockValues) * type.blockBytes;
  if (offset + bytes > end)
    throw new Error(
      `${path}: tensor ${name} ends at byte ${offset + bytes} of ${end}, perhaps truncated: ${REFETCH}`,
    );
  return { name, dims, type, offset, bytes };
}

/** Reads a file from its start on, some megabytes at a time. */
class Cursor {
  readonly path: string;
  /** Bytes from the start of the file. */
  at = 0;
  readonly #file: FileBytes;
  #window = new Uint8Array(0);
  #windowStart = 0;

  constructor(file: FileBytes) {
    this.path = file.path;
    this.#file = file;
  }

  /** @throws where the file has fewer bytes left */
  expect(count: number, what: string): void {
    const { size } = this.#file;
    if (this.at + count > size)
      throw new Error(
        `${this.path}: truncated in ${what}, at byte ${this.at} of ${size}: ${REFETCH}`,
      );
  }

  /** The next bytes; they stay as they are until the next call. */
  take(count: number, what: string): DataView {
    this.expect(count, what);
    if (this.at + count > this.#windowStart + this.#window.length) this.#fill(count);
    const from = this.at - this.#windowStart;
    this.at += count;
    const { buffer, byteOffset } = this.#window;
    return new DataView(buffer, byteOffset + from, count);
  }

  uint32(what: string): number {
    return this.take(4, what).getUint32(0, true);
  }

  /** A length, number or size of 64 bits. One that no number holds exactly is larger than any file. */
  length(what: string): number {
    return Number(this.take(8, what).getBigUint64(0, true));
  }

  /** @throws where it is not UTF-8 */
  text(what: string): string {
    const bytes = bytesOf(this.take(this.length(what), what));
    try {
      return UTF8.decode(bytes);
    } catch (cause) {
      throw new Error(`${this.path}: ${what} is not UTF-8: ${REFETCH}`, { cause });
    }
  }

  #fill(count: number): void {
    const length = Math.min(Math.max(count, WINDOW), this.#file.size - this.at);
    this.#window = this.#file.read(this.at, length);
    this.#windowStart = this.at;
  }
}

const WINDOW = 2 ** 22;

/** A mark of byte order is a character like any other. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const bytesOf = ({ buffer, byteOffset, byteLength }: DataView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
