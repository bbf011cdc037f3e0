import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { BYTES, type DType, sizeOf, type Tensor } from '../../graph/tensor.ts';
import { CODES } from './safetensors.ts';

/** A tensor that is generated while it is written, so that one of any size needs little memory. */
export interface TensorSource {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
  /** Its little-endian bytes, in order. */
  parts(): Iterable<Uint8Array>;
}

/**
 * Write tensors in the given order, to a temporary name that is then renamed. Equal tensors give equal bytes. The header
 * is padded with spaces so that the data start at a multiple of 8.
 * Source: huggingface/safetensors, README "Format".
 */
export function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, Tensor>>,
  metadata?: Readonly<Record<string, string>>,
): void {
  const sources = Object.entries(tensors).map(([name, { dtype, dims, data }]): TensorSource => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return { name, dtype, dims, parts: () => [bytes] };
  });
  streamSafetensors(path, sources, metadata);
}

/**
 * As `writeSafetensors`, for tensors that are generated while they are written.
 * @param onWritten called with the number of bytes of each part
 * @throws if the parts of a tensor do not add up to its shape
 */
export function streamSafetensors(
  path: string,
  sources: readonly TensorSource[],
  metadata?: Readonly<Record<string, string>>,
  onWritten: (bytes: number) => void = () => {},
): void {
  const partial = `${path}.tmp`;
  const file = openSync(partial, 'w');
  try {
    for (const part of headerOf(sources, metadata)) writeAll(file, part);
    for (const source of sources) writeTensor(file, source, onWritten);
  } catch (error) {
    closeSync(file);
    rmSync(partial);
    throw error;
  }
  closeSync(file);
  renameSync(partial, path);
}

function headerOf(
  sources: readonly TensorSource[],
  metadata?: Readonly<Record<string, string>>,
): [length: Uint8Array, json: Uint8Array] {
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  let end = 0;
  for (const source of sources) {
    const begin = end;
    end += bytesOf(source);
    const { name, dtype, dims } = source;
    header[name] = { dtype: CODES[dtype], shape: dims, data_offsets: [begin, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return [length, padded];
}

/** Bytes of a tensor's data. */
export const bytesOf = ({ dtype, dims }: Pick<TensorSource, 'dtype' | 'dims'>): number =>
  sizeOf(dims) * BYTES[dtype];

function writeTensor(file: number, source: TensorSource, onWritten: (bytes: number) => void): void {
  let written = 0;
  for (const part of source.parts()) {
    writeAll(file, part);
    written += part.length;
    onWritten(part.length);
  }
  if (written !== bytesOf(source))
    throw new Error(
      `tensor ${source.name} of shape [${source.dims}] needs ${bytesOf(source)} bytes, got ${written}`,
    );
}

/** Write in a loop, as one system call may write less than it is given. */
function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(file, bytes, done, Math.min(bytes.length - done, 2 ** 30));
}
