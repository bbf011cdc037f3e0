import type { Graph, Value } from '../graph/builder.ts';
import { concat, halves, reshape } from '../graph/layout.ts';
import { add, gather, mul, sub } from '../graph/ops.ts';
import type { DType } from '../graph/tensor.ts';
import { type ByAttentionKind, mapKinds } from './attention-kind.ts';
import type { DecoderSpec, Llama3Scaling, RotarySpec } from './decoder-spec.ts';

/** Cosine and sine of the rotation angles, [B, T, 1, d_head / 2]. */
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
    const table = { frequencies: frequencies(rotary, dims.dHead), rows: attention.maxPositions };
    const angles = bySpec.get(rotary) ?? lookUp(positions, { ...table, dtype });
    bySpec.set(rotary, angles);
    return angles;
  });
}

/** [d_head / 2]: the rotation of each pair (k, k + d_head/2), in radians per position. */
export function frequencies({ base, scaling }: RotarySpec, dHead: number): number[] {
  const unscaled = Array.from({ length: dHead / 2 }, (_, k) => base ** ((-2 * k) / dHead));
  if (scaling === null) return unscaled;
  if (scaling.type === 'linear') return unscaled.map((frequency) => frequency / scaling.factor);
  return unscaled.map((frequency) => llama3Frequency(frequency, scaling));
}

function llama3Frequency(frequency: number, scaling: Llama3Scaling): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContext } = scaling;
  const turns = (originalContext * frequency) / (2 * Math.PI);
  const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
  return (1 - kept) * (frequency / factor) + kept * frequency;
}

/** Rotate the pairs (k, k + d_head/2) of x [B, T, heads, d_head]. Source: Su et al. (2021), with pairs in halves. */
export function rotate(x: Value, { cos, sin }: RotaryAngles): Value {
  const [a, b] = halves(x, -1);
  return concat([sub(mul(a, cos), mul(b, sin)), add(mul(b, cos), mul(a, sin))], -1);
}

interface AngleTable {
  /** [column]: radians per position. */
  readonly frequencies: readonly number[];
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

/** [rows, d_head / 2]: f of the rotation angle of every position and pair. */
function tableOf(
  graph: Graph,
  { frequencies, rows, dtype }: AngleTable,
  f: (angle: number) => number,
): Value {
  const columns = frequencies.length;
  const size = rows * columns;
  const data = dtype === 'float64' ? new Float64Array(size) : new Float32Array(size);
  for (let i = 0; i < size; i++) data[i] = f(Math.floor(i / columns) * frequencies[i % columns]!);
  return graph.constant({ dtype, dims: [rows, columns], data });
}
