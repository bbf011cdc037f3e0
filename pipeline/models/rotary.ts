import type { Graph, Value } from '../graph/builder.ts';
import { add, concat, gather, halves, mul, reshape, sub } from '../graph/ops.ts';
import type { DType } from '../graph/tensor.ts';
import { type ByKind, mapKinds } from './attention-kind.ts';
import type { DecoderSpec } from './decoder-spec.ts';

export interface RotaryAngles {
  /** [B, T, 1, d_head / 2] */
  readonly cos: Value;
  readonly sin: Value;
}

/**
 * Cosines and sines of `position · θ^(−2k / d_head)`, looked up in tables of the length that a context can
 * have: the runtime's own Sin and Cos do not run on every provider.
 * @param positions int64 [B, T]
 * @returns those of each kind of layer; kinds of one base share them
 */
export function rotaryAngles(
  positions: Value,
  { dims, attention }: DecoderSpec,
  dtype: DType,
): ByKind<RotaryAngles> {
  const byBase = new Map<number, RotaryAngles>();
  return mapKinds(attention.rotaryBases, (base) => {
    const angles =
      byBase.get(base) ??
      lookUp(positions, { base, dHead: dims.dHead, rows: attention.maxPositions, dtype });
    byBase.set(base, angles);
    return angles;
  });
}

/** Rotate the pairs (k, k + d_head/2) of x [B, T, heads, d_head]. Source: Su et al. (2021), in split-half order. */
export function rotate(x: Value, { cos, sin }: RotaryAngles): Value {
  const [a, b] = halves(x, -1);
  return concat([sub(mul(a, cos), mul(b, sin)), add(mul(b, cos), mul(a, sin))], -1);
}

interface AngleTable {
  readonly base: number;
  readonly dHead: number;
  /** Positions of the table. */
  readonly rows: number;
  readonly dtype: DType;
}

function lookUp(positions: Value, table: AngleTable): RotaryAngles {
  const look = (of: (angle: number) => number): Value => {
    const found = gather(tableOf(positions.graph, table, of), positions);
    return reshape(found, [...positions.shape, 1, table.dHead / 2]);
  };
  return { cos: look(Math.cos), sin: look(Math.sin) };
}

function tableOf(
  graph: Graph,
  { base, dHead, rows, dtype }: AngleTable,
  of: (angle: number) => number,
): Value {
  const columns = dHead / 2;
  const size = rows * columns;
  const data = dtype === 'float64' ? new Float64Array(size) : new Float32Array(size);
  for (let i = 0; i < size; i++)
    data[i] = of(Math.floor(i / columns) * base ** ((-2 * (i % columns)) / dHead));
  return graph.constant({ dtype, dims: [rows, columns], data });
}
