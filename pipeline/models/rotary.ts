import type { Graph, Value } from '../graph/builder.ts';
import { concat, halves, reshape } from '../graph/layout.ts';
import { add, gather, mul, sub } from '../graph/ops.ts';
import type { DType } from '../graph/tensor.ts';
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
  return mapKinds(attention.rotary, (rotary) => {
    const table = { frequencies: frequencies(rotary, dims.dHead), amplitude: amplitude(rotary) };
    const rows = attention.maxPositions;
    const angles = bySpec.get(rotary) ?? lookUp(positions, { ...table, rows, dtype });
    bySpec.set(rotary, angles);
    return angles;
  });
}

/** Rotate the pairs (k, k + d_head/2) of x [B, T, heads, d_head]. Source: Su et al. (2021), with pairs in halves. */
export function rotate(x: Value, { cos, sin }: RotaryAngles): Value {
  const [a, b] = halves(x, -1);
  return concat([sub(mul(a, cos), mul(b, sin)), add(mul(b, cos), mul(a, sin))], -1);
}

interface AngleTable {
  /** [column]: radians per position. */
  readonly frequencies: readonly number[];
  /** What every value is multiplied by. */
  readonly amplitude: number;
  /** Number of positions. */
  readonly rows: number;
  readonly dtype: DType;
}

function lookUp(positions: Value, table: AngleTable): RotaryAngles {
  const look = (f: (angle: number) => number): Value => {
    const rows = gather(tableOf(positions.graph, table, f), positions);
    return reshape(rows, [...positions.shape, 1, table.frequencies.length]);
  };
  return { cos: look(Math.cos), sin: look(Math.sin) };
}

/** [rows, d_head / 2]: f of the rotation angle of every position and pair, times the amplitude. */
function tableOf(
  graph: Graph,
  { frequencies, amplitude, rows, dtype }: AngleTable,
  f: (angle: number) => number,
): Value {
  const columns = frequencies.length;
  const size = rows * columns;
  const data = dtype === 'float64' ? new Float64Array(size) : new Float32Array(size);
  for (let i = 0; i < size; i++)
    data[i] = amplitude * f(Math.floor(i / columns) * frequencies[i % columns]!);
  return graph.constant({ dtype, dims: [rows, columns], data });
}
