import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MetadataValue, Scalar } from '../../../../pipeline/sources/formats/gguf/header.ts';
import { openGguf } from '../../../../pipeline/sources/formats/gguf/open.ts';
import { GOLDEN_DIR } from '../../../golden.ts';

/** The reference files that are looked at: those of the project, or of another folder of the same layout. */
export const GGUF_DIR = join(GOLDEN_DIR, 'gguf');

/** A reference file that a test names: one of the project. */
export const goldenGguf = (name: string): string =>
  join(import.meta.dirname, '../../../golden/gguf', name);

/** A GGUF file in parts that can be changed before it is written. */
export interface GgufParts {
  version: number;
  metadata: Map<string, MetadataValue>;
  tensors: StoredTensor[];
}

export interface StoredTensor {
  name: string;
  /** Row-major. */
  dims: readonly number[];
  /** GGUF's number of it. */
  type: number;
  data: Uint8Array;
  /** From the start of the data; where left out, after the tensor before it. */
  offset?: number;
}

const TYPE_IDS: Readonly<Record<string, number>> = { F32: 0, Q8_0: 8 };

/** A file of F32 and Q8_0 tensors. */
export function partsOf(path: string): GgufParts {
  const { metadata, tensors } = openGguf(path);
  const bytes = readFileSync(path);
  return {
    version: 3,
    metadata: new Map(metadata),
    tensors: [...tensors.values()].map(({ name, dims, type, offset, bytes: length }) => ({
      name,
      dims,
      type: TYPE_IDS[type.name]!,
      data: bytes.subarray(offset, offset + length),
    })),
  };
}

export function writeGguf(path: string, { version, metadata, tensors }: GgufParts): string {
  const alignment = Number(metadata.get('general.alignment') ?? 32);
  const aligned = (bytes: Buffer) =>
    Buffer.concat([bytes, Buffer.alloc((alignment - (bytes.length % alignment)) % alignment)]);
  let end = 0;
  const entries = tensors.map(({ name, dims, type, data, offset = end }) => {
    end += Math.ceil(data.length / alignment) * alignment;
    const sizes = [...dims].reverse().map(uint64);
    return Buffer.concat([text(name), uint32(dims.length), ...sizes, uint32(type), uint64(offset)]);
  });
  const keys = [...metadata].map(([key, value]) => Buffer.concat([text(key), typed(value)]));
  const start = [Buffer.from('GGUF'), uint32(version), uint64(tensors.length), uint64(keys.length)];
  const header = aligned(Buffer.concat([...start, ...keys, ...entries]));
  const values = tensors.map(({ data }) => aligned(Buffer.from(data)));
  writeFileSync(path, Buffer.concat([header, ...values]));
  return path;
}

export const float32Tensor = (
  name: string,
  dims: readonly number[],
  values: Float32Array,
): StoredTensor => ({
  name,
  dims,
  type: 0,
  data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});

const [BOOL, STRING, ARRAY, FLOAT64] = [7, 8, 9, 12];

/** Numbers are written as float64, which holds those of every type; a list without values is one of texts. */
function typed(value: MetadataValue): Buffer {
  if (!Array.isArray(value)) return Buffer.concat([uint32(typeOf(value as Scalar)), raw(value)]);
  const type = value.length === 0 ? STRING : typeOf(value[0]);
  return Buffer.concat([uint32(ARRAY), uint32(type), uint64(value.length), ...value.map(raw)]);
}

const typeOf = (value: Scalar): number =>
  typeof value === 'string' ? STRING : typeof value === 'boolean' ? BOOL : FLOAT64;

function raw(value: MetadataValue): Buffer {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'boolean') return Buffer.from([Number(value)]);
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(Number(value));
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
