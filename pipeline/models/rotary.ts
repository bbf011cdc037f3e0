import type { Graph, Value } from '../graph/builder.ts';
import { add, concat, gather, halves, mul, reshape, sub } from '../graph/ops.ts';
import type { DType } from '../graph/tensor.ts';
import { type ByAttentionKind, mapKinds } from './attention-kind.ts';
import type { DecoderSpec } from './decoder-spec.ts';

/** Cosine and sine of the rotation angles, [B, T, 1, d_head / 2]. */
export interface RotaryAngles {
  readonly cos: Value;
  readonly sin: Value;
}

/**
 * Cosines and sines of `position · θ^(−2k / d_head)`, looked up in tables of the longest context's length, because ONNX's
 * Sin and Cos do not run on every provider.
 * @param positions int64 [B, T]
 * @returns the angles of each kind of layer; kinds with the same θ share them
 */
export function rotaryAngles(
  positions: Value,
  { dims, attention }: DecoderSpec,
  dtype: DType,
): ByAttentionKind<RotaryAngles> {
  const byBase = new Map<number, RotaryAngles>();
  return mapKinds(attention.rotaryBases, (base) => {
    const angles =
      byBase.get(base) ??
      lookUp(positions, { base, dHead: dims.dHead, rows: attention.maxPositions, dtype });
    byBase.set(base, angles);
    return angles;
  });
}

/** Rotate the pairs (k, k + d_head/2) of x [B, T, heads, d_head]. Source: Su et al. (2021), with pairs in halves. */
export function rotate(x: Value, { cos, sin }: RotaryAngles): Value {
  const [a, b] = halves(x, -1);
  return concat([sub(mul(a, cos), mul(b, sin)), add(mul(b, cos), mul(a, sin))], -1);
}

interface AngleTable {
  readonly base: number;
  readonly dHead: number;
  /** Number of positions. */
  readonly rows: number;
  readonly dtype: DType;
}

function lookUp(positions: Value, table: AngleTable): RotaryAngles {
  const look = (f: (angle: number) => number): Value => {
    const rows = gather(tableOf(positions.graph, table, f), positions);
    return reshape(rows, [...positions.shape, 1, table.dHead / 2]);
  };
  return { cos: look(Math.cos), sin: look(Math.sin) };
}

/** [rows, d_head / 2]: f of the rotation angle of every position and pair. */
function tableOf(
  graph: Graph,
  { base, dHead, rows, dtype }: AngleTable,
  f: (angle: number) => number,
): Value {
  const columns = dHead / 2;
  const size = rows * columns;
  const data = dtype === 'float64' ? new Float64Array(size) : new Float32Array(size);
  for (let i = 0; i < size; i++)
    data[i] = f(Math.floor(i / columns) * base ** ((-2 * (i % columns)) / dHead));
  return graph.constant({ dtype, dims: [rows, columns], data });
}
