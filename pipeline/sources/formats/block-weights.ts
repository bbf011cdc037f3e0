import { BLOCK, numbersOf, scalesOf } from '../../graph/block-matrix.ts';
import type { ExternalTensor } from '../../graph/external-tensor.ts';
import { sizeOf } from '../../graph/tensor.ts';
import { toFloat32 } from './float.ts';
import { type Checkpoint, readPart } from './safetensors.ts';
import { widened } from './widen.ts';
import { bytesOf, streamSafetensors, type TensorSource } from './write-safetensors.ts';

/** The number that stands for 0. */
const ZERO = 128;
/** The largest number above and below it that is used. */
const MOST = 127;

/** Whether a tensor can be in blocks: a matrix whose rows are whole blocks. */
const hasBlocks = ({ dims }: ExternalTensor): boolean =>
  dims.length === 2 && dims[1]! % BLOCK === 0;

/**
 * Round values to blocks of 8 bits: in each block of 32, the largest magnitude is 127 steps. Blocks that were stored so (Q8_0 of
 * GGUF files) come out as they were. An error is at most half a step.
 */
export function roundToBlocks(values: Float32Array): { numbers: Uint8Array; scales: Float32Array } {
  const numbers = new Uint8Array(values.length);
  const scales = new Float32Array(values.length / BLOCK);
  for (let block = 0; block < scales.length; block++) {
    const start = block * BLOCK;
    let largest = 0;
    for (let i = start; i < start + BLOCK; i++) largest = Math.max(largest, Math.abs(values[i]!));
    const scale = largest / MOST;
    scales[block] = scale;
    for (let i = start; i < start + BLOCK; i++)
      numbers[i] = scale === 0 ? ZERO : ZERO + Math.round(values[i]! / scale);
  }
  return { numbers, scales };
}

/**
 * Write a checkpoint with its matrices in blocks, and all else as float32.
 * @param looked names of matrices of which rows are looked up: they are there as float32, too
 * @param path written under a temporary name, then renamed
 * @param onProgress called with bytes
 */
export function writeBlocks(
  { tensors }: Checkpoint,
  looked: readonly string[],
  path: string,
  onProgress: (written: number, total: number) => void = () => {},
): void {
  const sources = [...tensors].flatMap((named) => {
    const [name, tensor] = named;
    if (!hasBlocks(tensor)) return [widened(named)];
    return [...blockSources(named), ...(looked.includes(name) ? [widened(named)] : [])];
  });
  const total = sources.reduce((sum, source) => sum + bytesOf(source), 0);
  let written = 0;
  streamSafetensors(path, sources, undefined, (bytes) => {
    written += bytes;
    onProgress(written, total);
  });
}

function blockSources([name, tensor]: readonly [string, ExternalTensor]): TensorSource[] {
  const [rows, k] = tensor.dims as [number, number];
  const parts = function* (of: 'numbers' | 'scales'): Iterable<Uint8Array> {
    for (const values of chunksOf(tensor)) {
      const { buffer, byteOffset, byteLength } = roundToBlocks(values)[of];
      yield new Uint8Array(buffer, byteOffset, byteLength);
    }
  };
  return [
    {
      name: numbersOf(name),
      dtype: 'uint8',
      dims: [rows, k / BLOCK, BLOCK],
      parts: () => parts('numbers'),
    },
    {
      name: scalesOf(name),
      dtype: 'float32',
      dims: [(rows * k) / BLOCK],
      parts: () => parts('scales'),
    },
  ];
}

/** Values that are read at once: whole blocks. */
const CHUNK = 2 ** 22;

function* chunksOf(tensor: ExternalTensor): Iterable<Float32Array> {
  const size = sizeOf(tensor.dims);
  for (let start = 0; start < size; start += CHUNK)
    yield toFloat32(tensor.dtype, readPart(tensor, start, Math.min(CHUNK, size - start)));
}
