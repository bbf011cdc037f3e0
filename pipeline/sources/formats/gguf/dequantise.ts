import { float16ToNumber, toFloat32 } from '../float.ts';

/** A type of a GGUF file's tensors: rows of blocks, each of which holds some values in some bytes. */
export interface TensorType {
  readonly name: string;
  readonly blockValues: number;
  readonly blockBytes: number;
  /** The values of whole blocks: products and sums of the halves that each block holds, rounded to float32 once. */
  dequantise(blocks: Uint8Array): Float32Array;
}

/** What GGUF's numbers of types stand for. Source: ggml-org/ggml, docs/gguf.md, `ggml_type`. */
export function tensorType(id: number): TensorType | undefined {
  return TYPES.get(id);
}

/** The name of a type that is not read, for the message. */
export const nameOfType = (id: number): string => UNREAD[id] ?? `number ${id}`;

/** The names of the types that are read. */
export const readTypes = (): string[] => [...TYPES.values()].map(({ name }) => name);

/** Write the values of the block that begins at a byte. */
type Block = (bytes: Uint8Array, from: number, out: Float32Array, to: number) => void;

function q8_0(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  const d = half(bytes, from);
  for (let i = 0; i < 32; i++) out[to + i] = d * int8(bytes[from + 2 + i]!);
}

/** d · (q − 8): the low nibbles of 16 bytes, then the high ones. */
function q4_0(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  const d = half(bytes, from);
  for (let i = 0; i < 16; i++) {
    const pair = bytes[from + 2 + i]!;
    out[to + i] = d * ((pair & 15) - 8);
    out[to + 16 + i] = d * ((pair >> 4) - 8);
  }
}

/** d · q + m. */
function q4_1(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  const [d, m] = [half(bytes, from), half(bytes, from + 2)];
  for (let i = 0; i < 16; i++) {
    const pair = bytes[from + 4 + i]!;
    out[to + i] = d * (pair & 15) + m;
    out[to + 16 + i] = d * (pair >> 4) + m;
  }
}

/** d · (q − 16): bit i of four bytes is the fifth bit of value i. */
function q5_0(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  const [d, fifth] = [half(bytes, from), uint32(bytes, from + 2)];
  for (let i = 0; i < 16; i++) {
    const pair = bytes[from + 6 + i]!;
    out[to + i] = d * (((pair & 15) | (((fifth >>> i) & 1) << 4)) - 16);
    out[to + 16 + i] = d * (((pair >> 4) | (((fifth >>> (16 + i)) & 1) << 4)) - 16);
  }
}

/** d · q + m, with a fifth bit as in Q5_0. */
function q5_1(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  const [d, m, fifth] = [half(bytes, from), half(bytes, from + 2), uint32(bytes, from + 4)];
  for (let i = 0; i < 16; i++) {
    const pair = bytes[from + 8 + i]!;
    out[to + i] = d * ((pair & 15) | (((fifth >>> i) & 1) << 4)) + m;
    out[to + 16 + i] = d * ((pair >> 4) | (((fifth >>> (16 + i)) & 1) << 4)) + m;
  }
}

/** d · scale · q − dmin · minimum, by groups of 32: the low nibbles of 32 bytes are one, the high ones the next. */
function q4_k(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  for (let group = 0; group < 8; group++) {
    const [scale, minimum] = scaleAndMinimum(bytes, from, group);
    const [pairs, shift] = [from + 16 + 32 * (group >> 1), 4 * (group & 1)];
    for (let i = 0; i < 32; i++)
      out[to + 32 * group + i] = scale * ((bytes[pairs + i]! >> shift) & 15) - minimum;
  }
}

/** The same with a fifth bit: bit g of byte i is that of value i of group g. */
function q5_k(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  for (let group = 0; group < 8; group++) {
    const [scale, minimum] = scaleAndMinimum(bytes, from, group);
    const [pairs, shift] = [from + 48 + 32 * (group >> 1), 4 * (group & 1)];
    for (let i = 0; i < 32; i++) {
      const fifth = (bytes[from + 16 + i]! >> group) & 1;
      const q = ((bytes[pairs + i]! >> shift) & 15) | (fifth << 4);
      out[to + 32 * group + i] = scale * q - minimum;
    }
  }
}

/**
 * d · scale · (q − 32), with a signed scale for each 16 values. Of each 128 values, 64 bytes hold four bits of two
 * values each, 32 bytes two more bits of four values each.
 */
function q6_k(bytes: Uint8Array, from: number, out: Float32Array, to: number): void {
  const d = half(bytes, from + 208);
  for (let value = 0; value < 256; value++) {
    const [part, quarter, i] = [value >> 7, (value >> 5) & 3, value & 31];
    const low = bytes[from + 64 * part + 32 * (quarter & 1) + i]! >> (4 * (quarter >> 1));
    const high = bytes[from + 128 + 32 * part + i]! >> (2 * quarter);
    const scale = int8(bytes[from + 192 + (value >> 4)]!);
    out[to + value] = d * scale * (((low & 15) | ((high & 3) << 4)) - 32);
  }
}

/** d · scale and dmin · minimum of a group of a K block: six bits each, in 12 bytes after d and dmin. */
function scaleAndMinimum(bytes: Uint8Array, from: number, group: number): [number, number] {
  const packed = (i: number) => bytes[from + 4 + i]!;
  const [scale, minimum] =
    group < 4
      ? [packed(group) & 63, packed(group + 4) & 63]
      : [
          (packed(group + 4) & 15) | ((packed(group - 4) >> 6) << 4),
          (packed(group + 4) >> 4) | ((packed(group) >> 6) << 4),
        ];
  return [half(bytes, from) * scale, half(bytes, from + 2) * minimum];
}

/** Every float16 by its bits. */
const HALVES = Float32Array.from({ length: 2 ** 16 }, (_, bits) => float16ToNumber(bits));

const half = (bytes: Uint8Array, at: number): number => HALVES[bytes[at]! | (bytes[at + 1]! << 8)]!;

const int8 = (byte: number): number => (byte << 24) >> 24;

const uint32 = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);

const float = (name: string, dtype: 'float32' | 'float16' | 'bfloat16'): TensorType => ({
  name,
  blockValues: 1,
  blockBytes: dtype === 'float32' ? 4 : 2,
  dequantise: (values) => toFloat32(dtype, values),
});

const blocks = (name: string, values: number, bytes: number, block: Block): TensorType => ({
  name,
  blockValues: values,
  blockBytes: bytes,
  dequantise: (stored) => {
    const count = stored.length / bytes;
    const out = new Float32Array(count * values);
    for (let i = 0; i < count; i++) block(stored, i * bytes, out, i * values);
    return out;
  },
});

const TYPES: ReadonlyMap<number, TensorType> = new Map([
  [0, float('F32', 'float32')],
  [1, float('F16', 'float16')],
  [30, float('BF16', 'bfloat16')],
  [2, blocks('Q4_0', 32, 18, q4_0)],
  [3, blocks('Q4_1', 32, 20, q4_1)],
  [6, blocks('Q5_0', 32, 22, q5_0)],
  [7, blocks('Q5_1', 32, 24, q5_1)],
  [8, blocks('Q8_0', 32, 34, q8_0)],
  [12, blocks('Q4_K', 256, 144, q4_k)],
  [13, blocks('Q5_K', 256, 176, q5_k)],
  [14, blocks('Q6_K', 256, 210, q6_k)],
]);

const UNREAD: Readonly<Record<number, string>> = {
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  28: 'F64',
  29: 'IQ1_M',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
};
