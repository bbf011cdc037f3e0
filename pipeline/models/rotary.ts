import type { Value } from '../graph/builder.ts';
import { concat, halves, reshape } from '../graph/layout.ts';
import { add, gather, mul, sub } from '../graph/ops.ts';
import type { DType, Tensor } from '../graph/tensor.ts';
import { type ByAttentionKind, mapKinds } from './attention-kind.ts';
import type { DecoderSpec, RotarySpec } from './decoder-spec.ts';
import { amplitude, frequencies } from './rotary-frequencies.ts';

/** Cosine and sine of the rotation angles, [B, T, 1, d_head / 2], times the amplitude. */
export interface RotaryAngles {
  readonly cos: Value;
  readonly sin: Value;
}

/**
 * Cosines and sines of `position · frequency`, looked up in tables of the longest context's length, because ONNX's
 * Sin and Cos do not run on every provider.
 * @param positions int64 [B, T]
 * @returns the angles of each kind of layer; kinds with the same RotarySpec object share them
 */
export function rotaryAngles(
  positions: Value,
  { dims, attention }: DecoderSpec,
  dtype: DType,
): ByAttentionKind<RotaryAngles> {
  positions.graph.limitIndices(positions, {
    end: attention.maxPositions,
    noun: 'position',
    remedy: 'use shorter sequences',
  });
  const bySpec = new Map<RotarySpec, RotaryAngles>();
  const size = { dHead: dims.dHead, rows: attention.maxPositions, dtype };
  return mapKinds(attention.rotary, (rotary) => {
    const angles = bySpec.get(rotary) ?? lookUp(positions, tablesOf(rotary, size));
    bySpec.set(rotary, angles);
    return angles;
  });
}

/** Rotate the pairs (k, k + d_head/2) of x [B, T, heads, d_head]. Source: Su et al. (2021), with pairs in halves. */
export function rotate(x: Value, { cos, sin }: RotaryAngles): Value {
  const [a, b] = halves(x, -1);
  return concat([sub(mul(a, cos), mul(b, sin)), add(mul(b, cos), mul(a, sin))], -1);
}

function lookUp(positions: Value, { cos, sin }: AngleTables): RotaryAngles {
  const look = (table: Tensor): Value => {
    const rows = gather(positions.graph.constant(table), positions);
    return reshape(rows, [...positions.shape, 1, table.dims[1]!]);
  };
  return { cos: look(cos), sin: look(sin) };
}

/** [rows, d_head / 2] each: cosine and sine of the rotation angle of every position and pair, times the amplitude. */
interface AngleTables {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

interface TableSize {
  readonly dHead: number;
  /** Number of positions. */
  readonly rows: number;
  readonly dtype: DType;
}

/** The tables of a spec, made once: those of 32,768 positions take a second, and a study has hundreds of graphs. */
function tablesOf(rotary: RotarySpec, size: TableSize): AngleTables {
  const known = tables.get(rotary) ?? new Map<string, AngleTables>();
  tables.set(rotary, known);
  const key = `${size.dHead} ${size.rows} ${size.dtype}`;
  const found = known.get(key) ?? makeTables(rotary, size);
  known.set(key, found);
  return found;
}

const tables = new WeakMap<RotarySpec, Map<string, AngleTables>>();

function makeTables(rotary: RotarySpec, { dHead, rows, dtype }: TableSize): AngleTables {
  const perPosition = frequencies(rotary, dHead);
  const factor = amplitude(rotary);
  const columns = perPosition.length;
  const make = (f: (angle: number) => number): Tensor => {
    const size = rows * columns;
    const data = dtype === 'float64' ? new Float64Array(size) : new Float32Array(size);
    for (let row = 0, i = 0; row < rows; row++)
      for (const frequency of perPosition) data[i++] = factor * f(row * frequency);
    return { dtype, dims: [rows, columns], data };
  };
  return { cos: make(Math.cos), sin: make(Math.sin) };
}
