import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ExternalTensor } from '../../graph/external-tensor.ts';
import { BYTES, type DType, sizeOf, type Tensor } from '../../graph/tensor.ts';
import {
  objectOf,
  parseForeignJson,
  readForeignObject,
  reading,
  textOf,
} from '../../schema/foreign-file.ts';
import { nameShown, shown } from '../../schema/one-line.ts';
import { toFloat32 } from './float.ts';

/** A model's weights, as slices of files that are not read yet. */
export interface Checkpoint {
  readonly dir: string;
  /** By name. */
  readonly tensors: ReadonlyMap<string, ExternalTensor>;
}

/**
 * Locate every tensor of a model in Hugging Face's layout: `model.safetensors`, or the shards of
 * `model.safetensors.index.json`. Only headers are read.
 * Source: huggingface/safetensors, README "Format".
 * @throws one line that names the file and the remedy: missing, truncated or malformed files,
 *   an index that names an absent shard or tensor, an adapter beside them
 */
export function openCheckpoint(dir: string): Checkpoint {
  const adapter = join(dir, ADAPTER);
  if (existsSync(adapter))
    throw new Error(`${adapter}: changes the weights when it is applied: merge it into them first`);
  const single = join(dir, 'model.safetensors');
  if (existsSync(single)) return { dir, tensors: openSafetensors(single) };
  const index = join(dir, 'model.safetensors.index.json');
  if (existsSync(index)) return { dir, tensors: readShards(dir, index) };
  throw new Error(`missing model file: ${single}: ${REMEDY}`);
}

/** The file by which other libraries find an adapter (LoRA and the like), which they apply to the weights. */
export const ADAPTER = 'adapter_config.json';

/** Whether all files of a checkpoint exist. */
export function hasCheckpoint(dir: string): boolean {
  if (existsSync(join(dir, 'model.safetensors'))) return true;
  const index = join(dir, 'model.safetensors.index.json');
  return existsSync(index) && shardsOf(index).every((shard) => existsSync(join(dir, shard)));
}

/**
 * The distinct shards that a `model.safetensors.index.json` names.
 * @throws if it is not an index, or names a file in another folder
 */
export function shardsOf(index: string): string[] {
  const shards = [...new Set(Object.values(readIndex(index)))];
  for (const shard of shards)
    if (typeof shard !== 'string' || basename(shard) !== shard)
      throw new Error(`${index}: no name of a shard: ${JSON.stringify(shard)}: ${REMEDY}`);
  return shards as string[];
}

/** Read one tensor as float32; 16-bit floats widen exactly. @throws if it is of whole numbers */
export function readTensor(slice: ExternalTensor): Tensor<Float32Array> {
  const data = toFloat32(slice.dtype, readBytes(slice.file, slice.offset, slice.bytes));
  return { dtype: 'float32', dims: slice.dims, data };
}

/** Whether a type can be read as float32. */
export const isFloating = (dtype: DType): boolean =>
  dtype === 'float64' || EXPONENT[dtype] !== undefined;

/** The bytes of `length` values of a tensor, starting at the value with index `start`. */
export const readPart = (
  { file, offset, dtype }: ExternalTensor,
  start: number,
  length: number,
): Uint8Array => readBytes(file, offset + start * BYTES[dtype], length * BYTES[dtype]);

/**
 * Check weights for NaN and infinity, whose exponent bits are all set, and for what float32 cannot hold. The tensor is read
 * in chunks, so that one of any size needs little memory.
 * @throws if a value is not finite, naming the tensor and the index
 */
export function assertFiniteWeights(name: string, slice: ExternalTensor): void {
  const { file, dtype, dims } = slice;
  const size = sizeOf(dims);
  for (let start = 0; start < size; start += CHUNK) {
    const i = firstNotFinite(dtype, readPart(slice, start, Math.min(CHUNK, size - start)));
    if (i >= 0) throw new Error(`${file}: ${name}: value ${start + i} is not finite: ${REMEDY}`);
  }
}

/** The index of the first value that is not finite as float32; -1 where there is none. */
function firstNotFinite(dtype: DType, { buffer }: Uint8Array): number {
  if (dtype === 'float64')
    return new Float64Array(buffer).findIndex((value) => !Number.isFinite(Math.fround(value)));
  const exponent = EXPONENT[dtype];
  if (exponent === undefined || areFinite(buffer, exponent, BYTES[dtype])) return -1;
  const bits = BYTES[dtype] === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
  return bits.findIndex((word) => (word & exponent) >>> 0 === exponent);
}

/** Values that are checked at once. */
const CHUNK = 2 ** 24;

/**
 * Whether no value has all exponent bits set. Adding the lowest exponent bit to such a value carries into the sign bit.
 * The loop has no branch, and checks two 16-bit values at once.
 */
function areFinite(bytes: ArrayBufferLike, exponent: number, width: number): boolean {
  const repeated = width === 2 ? 0x10001 : 1;
  const [mask, lowest] = [exponent * repeated, (exponent & -exponent) * repeated];
  const words = new Uint32Array(bytes, 0, bytes.byteLength >> 2);
  let carried = 0;
  for (let i = 0; i < words.length; i++) carried |= (words[i]! & mask) + lowest;
  const odd = bytes.byteLength % 4 === 2 ? new Uint16Array(bytes).at(-1)! : 0;
  return (carried & (mask + lowest)) === 0 && (odd & exponent) !== exponent;
}

const EXPONENT: Readonly<Partial<Record<DType, number>>> = {
  float32: 0x7f800000,
  float16: 0x7c00,
  bfloat16: 0x7f80,
};

const REMEDY = 'fetch or train the model again';

const modelFile = (path: string) => ({ path, remedy: REMEDY, what: 'model file' });

/** Element types, as safetensors headers spell them. */
export const CODES: Readonly<Record<DType, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};

const DTYPES = new Map(Object.entries(CODES).map(([dtype, code]) => [code, dtype as DType]));

/**
 * Locate the tensors of one file by its header. A file has the header's length (8 bytes), the header as JSON, and the
 * data, to which offsets are relative.
 * @throws one line that names the file and the tensor
 */
export const openSafetensors = (path: string): Map<string, ExternalTensor> =>
  reading(modelFile(path), () => {
    const file = realpathSync(path);
    const size = statSync(file).size;
    const { header, start } = readHeader(path, file, size);
    const tensors = new Map<string, ExternalTensor>();
    for (const [name, entry] of Object.entries(header)) {
      if (name === '__metadata__') {
        checkMetadata(path, entry);
        continue;
      }
      const slice = toSlice(path, name, entry, { file, start });
      const end = slice.offset + slice.bytes;
      if (end > size)
        throw new Error(`${path}: truncated: ${name} ends at byte ${end} of ${size}: ${REMEDY}`);
      tensors.set(name, slice);
    }
    checkExtents(path, tensors, { start, size });
    return tensors;
  });

/** @returns `start` is the offset of the data */
function readHeader(path: string, file: string, size: number) {
  if (size < 8) throw new Error(`${path}: truncated: ${size} bytes: ${REMEDY}`);
  const length = Number(Buffer.from(readBytes(file, 0, 8)).readBigUInt64LE());
  const start = 8 + length;
  if (start > size)
    throw new Error(`${path}: truncated: header ends at byte ${start} of ${size}: ${REMEDY}`);
  const text = textOf(readBytes(file, 8, length), modelFile(path));
  const header = objectOf(parseForeignJson(text, modelFile(path)), modelFile(path));
  return { header, start };
}

/** Nothing is computed with what a file says of itself, but its format has texts alone there. */
function checkMetadata(path: string, entry: unknown): void {
  const file = { path: `${path}: __metadata__`, remedy: REMEDY };
  for (const [key, value] of Object.entries(objectOf(entry, file)))
    if (typeof value !== 'string')
      throw new Error(
        `${file.path}: ${nameShown(key)} is ${shown(value)}, expected a text: ${REMEDY}`,
      );
}

/** @throws if tensors overlap or leave bytes unused, both of which the format forbids */
function checkExtents(
  path: string,
  tensors: ReadonlyMap<string, ExternalTensor>,
  { start, size }: { start: number; size: number },
): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes);
  let [end, before] = [start, 'the header'];
  for (const [name, { offset, bytes }] of inOrder) {
    if (offset < end) throw new Error(`${path}: ${name} overlaps ${before}: ${REMEDY}`);
    if (offset > end)
      throw new Error(`${path}: unused bytes between ${before} and ${name}: ${REMEDY}`);
    [end, before] = [offset + bytes, name];
  }
  if (end < size) throw new Error(`${path}: unused bytes after ${before}: ${REMEDY}`);
}

function toSlice(
  path: string,
  name: string,
  entry: unknown,
  { file, start }: { file: string; start: number },
): ExternalTensor {
  const {
    dtype: code,
    shape,
    data_offsets: extent,
    ...others
  } = objectOf(entry, {
    path: `${path}: ${name}`,
    remedy: REMEDY,
  });
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new Error(`${path}: ${name}: unknown field ${shown(unknown)}: ${REMEDY}`);
  const dtype = typeof code === 'string' ? DTYPES.get(code) : undefined;
  if (!dtype)
    throw new Error(`${path}: ${name} has the type ${nameShown(code)}: convert it to F32 or BF16`);
  if (!areSizes(shape) || !areSizes(extent) || extent.length !== 2)
    throw new Error(`${path}: ${name} has no shape and data_offsets: ${REMEDY}`);
  const bytes = extent[1]! - extent[0]!;
  const expected = sizeOf(shape) * BYTES[dtype];
  if (bytes !== expected)
    throw new Error(
      `${path}: ${name} of shape [${shape}] needs ${expected} bytes, has ${bytes}: ${REMEDY}`,
    );
  return { file, offset: start + extent[0]!, bytes, dtype, dims: shape };
}

function readShards(dir: string, index: string): Map<string, ExternalTensor> {
  const map = readIndex(index);
  const shards = new Map<string, Map<string, ExternalTensor>>();
  const tensors = new Map<string, ExternalTensor>();
  for (const [name, shard] of Object.entries(map)) {
    if (typeof shard !== 'string' || basename(shard) !== shard || !existsSync(join(dir, shard)))
      throw new Error(`missing model file: ${join(dir, String(shard))} (holds ${name}): ${REMEDY}`);
    if (!shards.has(shard)) shards.set(shard, openSafetensors(join(dir, shard)));
    const slice = shards.get(shard)!.get(name);
    if (!slice) throw new Error(`${join(dir, shard)}: no tensor ${name}: ${REMEDY}`);
    tensors.set(name, slice);
  }
  for (const [shard, stored] of shards)
    for (const name of stored.keys())
      if (map[name] !== shard)
        throw new Error(`${join(dir, shard)}: ${name} is not in ${index}: ${REMEDY}`);
  return tensors;
}

/** The index's map of tensor names to shards. */
function readIndex(index: string): Record<string, unknown> {
  const { weight_map: map } = readForeignObject(modelFile(index));
  if (typeof map === 'object' && map !== null && !Array.isArray(map))
    return map as Record<string, unknown>;
  throw new Error(`${index}: no weight_map: ${REMEDY}`);
}

const areSizes = (list: unknown): list is number[] =>
  Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0);

/** Read in parts, as one system call reads at most 2 GiB and Gemma's embedding is larger. */
function readBytes(file: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const handle = openSync(file, 'r');
  try {
    for (let done = 0; done < length; ) {
      const count = readSync(handle, bytes, done, Math.min(length - done, 2 ** 30), offset + done);
      if (count === 0) throw new Error(`${file}: ends at byte ${offset + done}: ${REMEDY}`);
      done += count;
    }
  } finally {
    closeSync(handle);
  }
  return bytes;
}
