/** A dense row-major array with its element type and shape. */
export interface Tensor<A extends TensorData = TensorData> {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: A;
}

/** Element types. bfloat16 and float16 are stored as raw 16-bit patterns. */
export type DType =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int8'
  | 'uint8'
  | 'bool';

export type TensorData =
  | Float64Array
  | Float32Array
  | Uint16Array
  | BigInt64Array
  | Int32Array
  | Int8Array
  | Uint8Array;

/** Bytes per element. */
export const BYTES: Readonly<Record<DType, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Number of elements of a shape: `sizeOf([2, 3]) === 6`, `sizeOf([]) === 1`. */
export const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

export const float32 = (
  data: Float32Array | readonly number[],
  dims: readonly number[],
): Tensor<Float32Array> =>
  checked({
    dtype: 'float32',
    dims,
    data: data instanceof Float32Array ? data : Float32Array.from(data),
  });

export const int64 = (
  data: BigInt64Array | readonly number[],
  dims: readonly number[],
): Tensor<BigInt64Array> =>
  checked({
    dtype: 'int64',
    dims,
    data:
      data instanceof BigInt64Array ? data : BigInt64Array.from(data as readonly number[], BigInt),
  });

/** Widen bfloat16 bit patterns (the upper half of a float32) to float32, exactly. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  const wide = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = bits[i]! << 16;
  return new Float32Array(wide.buffer);
}

/** Round float32 to bfloat16 bit patterns: to nearest, ties to even; NaN stays NaN. */
export function float32ToBfloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const wide = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const word = wide[i]!;
    const nan = (word & 0x7fffffff) > 0x7f800000;
    bits[i] = nan ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return bits;
}

function checked<T extends Tensor>(t: T): T {
  if (t.data.length !== sizeOf(t.dims))
    throw new Error(`tensor of ${t.data.length} elements cannot have shape [${t.dims}]`);
  return t;
}
