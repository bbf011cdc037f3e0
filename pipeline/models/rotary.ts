import type { Graph, Value } from '../graph/builder.ts';
import { add, chunk, concat, gather, mul, reshape, sub } from '../graph/ops.ts';
import type { DType } from '../graph/tensor.ts';

export interface RotaryAngles {
  /** [B, T, 1, d_head / 2] */
  readonly cos: Value;
  readonly sin: Value;
}

/**
 * Cosines and sines of `position · θ^(−2k / d_head)`, looked up in tables of the length that a context can
 * have: the runtime's own Sin and Cos do not run on every provider.
 * @param positions int64 [B, T]
 */
export function rotaryAngles(
  positions: Value,
  { dHead, theta, maxPositions }: { dHead: number; theta: number; maxPositions: number },
  dtype: DType,
): RotaryAngles {
  const { graph } = positions;
  const half = dHead / 2;
  const look = (of: (angle: number) => number) => {
    const table = tableOf(graph, maxPositions, half, dtype, (pos, k) =>
      of(pos * theta ** ((-2 * k) / dHead)),
    );
    return reshape(gather(table, positions), [...positions.shape, 1, half]);
  };
  return { cos: look(Math.cos), sin: look(Math.sin) };
}

/** Rotate the pairs (k, k + d_head/2) of x [B, T, heads, d_head]. Source: Su et al. (2021), in split-half order. */
export function rotate(x: Value, { cos, sin }: RotaryAngles): Value {
  const [a, b] = chunk(x, 2, -1) as [Value, Value];
  return concat([sub(mul(a, cos), mul(b, sin)), add(mul(b, cos), mul(a, sin))], -1);
}

function tableOf(
  graph: Graph,
  rows: number,
  columns: number,
  dtype: DType,
  at: (row: number, column: number) => number,
): Value {
  const data =
    dtype === 'float64' ? new Float64Array(rows * columns) : new Float32Array(rows * columns);
  for (let i = 0; i < data.length; i++) data[i] = at(Math.floor(i / columns), i % columns);
  return graph.constant({ dtype, dims: [rows, columns], data });
}
