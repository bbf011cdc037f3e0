import type { ExternalTensor } from '../../graph/external-tensor.ts';
import { BYTES, sizeOf } from '../../graph/tensor.ts';
import { toFloat32 } from './float.ts';
import { type Checkpoint, readPart } from './safetensors.ts';
import { streamSafetensors, type TensorSource } from './write-safetensors.ts';

/**
 * Write a copy of a checkpoint with every tensor as float32; 16-bit floats widen exactly. A provider that computes in
 * float32 can memory-map the copy, instead of widening the weights for every graph.
 * @param path written under a temporary name, then renamed
 */
export function widenCheckpoint(
  { tensors }: Checkpoint,
  path: string,
  onWritten?: (bytes: number) => void,
): void {
  streamSafetensors(path, [...tensors].map(widened), undefined, onWritten);
}

/** Bytes of a checkpoint's tensors as float32. */
export const widenedBytes = ({ tensors }: Checkpoint): number =>
  [...tensors.values()].reduce((sum, { dims }) => sum + sizeOf(dims) * BYTES.float32, 0);

/** Values that are widened at once. */
const CHUNK = 2 ** 24;

/** A tensor as float32. */
export const widened = ([name, slice]: readonly [string, ExternalTensor]): TensorSource => ({
  name,
  dtype: 'float32',
  dims: slice.dims,
  parts: function* () {
    const size = sizeOf(slice.dims);
    for (let start = 0; start < size; start += CHUNK) {
      const wide = toFloat32(slice.dtype, readPart(slice, start, Math.min(CHUNK, size - start)));
      yield new Uint8Array(wide.buffer, wide.byteOffset, wide.byteLength);
    }
  },
});
