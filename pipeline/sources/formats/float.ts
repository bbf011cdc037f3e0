import { bfloat16ToFloat32, type DType } from '../../graph/tensor.ts';

/**
 * Convert little-endian floats to float32: exact for 16- and 32-bit, rounded for 64-bit.
 * @throws if the type is not a floating type
 */
export function toFloat32(dtype: DType, bytes: Uint8Array): Float32Array {
  const copy = new Uint8Array(bytes).buffer; // a Buffer's slice would be no copy
  switch (dtype) {
    case 'float32':
      return new Float32Array(copy);
    case 'float64':
      return Float32Array.from(new Float64Array(copy));
    case 'bfloat16':
      return bfloat16ToFloat32(new Uint16Array(copy));
    case 'float16':
      return Float32Array.from(new Uint16Array(copy), float16ToNumber);
    default:
      throw new Error(`${dtype} is not a floating type: only floats widen to float32`);
  }
}

/** The value of an IEEE 754 half: 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -14;
  return sign * (1 + fraction) * 2 ** (exponent - 15);
}
