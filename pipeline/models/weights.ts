import type { Graph, Value } from '../graph/builder.ts';
import type { ExternalTensor } from '../graph/external-tensor.ts';
import {
  cast,
  concat,
  gather,
  gemm,
  less,
  lessOrEqual,
  reshape,
  sub,
  where,
} from '../graph/ops.ts';
import { knownLength, product } from '../graph/shape.ts';
import { BYTES, type DType } from '../graph/tensor.ts';

/** The weights of a model inside one graph, by their names in the checkpoint, in the ways that they are used. */
export interface Weights {
  /** The whole of a small one, in the type that the graph computes in. */
  vector(name: string): Value;
  /** `x Wᵀ` over the last axis. Where weights keep bfloat16, x and the result are rounded to it. */
  product(x: Value, name: string): Value;
  /** `x Wᵀ` over the last axis, rounded to nothing less than the type that the graph computes in. */
  exactProduct(x: Value, name: string): Value;
  /** Rows of a table: `W[ids]`. */
  rows(name: string, ids: Value): Value;
}

/** How a model's weights lie and multiply where it runs; see runtime/numerics.ts. */
export interface Numerics {
  /** Of matrices in products: cast to what the graph computes in, or kept where they are bfloat16 on disk. */
  readonly matrices: 'float32' | 'bfloat16';
  /** Bytes of the largest buffer that a weight may need; null where nothing limits it. */
  readonly largestBuffer: number | null;
}

/** Everything in float32, however large. */
export const FLOAT32: Numerics = { matrices: 'float32', largestBuffer: null };

/** Weights that a graph has as values already. */
export function weightsOf(value: (name: string) => Value): Weights {
  return {
    vector: value,
    product: (x, name) => times(x, value(name)),
    exactProduct: (x, name) => times(x, value(name)),
    rows: (name, ids) => gather(value(name), ids),
  };
}

/**
 * Weights on disk; each enters the graph once, when it is first asked for.
 * @param slices where each lies
 * @param dtype what the graph computes in
 */
export function externalWeights(
  graph: Graph,
  slices: ReadonlyMap<string, ExternalTensor>,
  { matrices, largestBuffer }: Numerics,
  dtype: DType,
): Weights {
  const wide = remembered((name) => cast(graph.external(name, slices.get(name)!), dtype));
  const kept = remembered((name) => graph.external(name, slices.get(name)!));
  const blocks = remembered((name): readonly Value[] => {
    const slice = slices.get(name)!;
    const parts = rowBlocks(slice, largestBuffer, dtype);
    if (parts.length === 1) return [wide(name)];
    return parts.map((part, i) => cast(graph.external(`${name}.${i}`, part), dtype));
  });
  const exactProduct = (x: Value, name: string): Value => {
    const parts = blocks(name).map((block) => times(x, block));
    return parts.length === 1 ? parts[0]! : concat(parts, -1);
  };
  return {
    vector: wide,
    exactProduct,
    product: (x, name) =>
      matrices === 'bfloat16' && slices.get(name)!.dtype === 'bfloat16'
        ? cast(times(cast(x, 'bfloat16'), kept(name)), x.dtype)
        : exactProduct(x, name),
    rows: (name, ids) => rowsOf(blocks(name), ids),
  };
}

/** `x Wᵀ` over the last axis. */
export function times(x: Value, weight: Value): Value {
  const lead = x.shape.slice(0, -1);
  const flat = reshape(x, [product(lead), x.shape.at(-1)!]);
  return reshape(gemm(flat, weight, { transB: true }), [...lead, weight.shape[0]!]);
}

/** A tensor as blocks of rows, each no larger than the limit in the type that it is cast to. */
function rowBlocks(slice: ExternalTensor, limit: number | null, dtype: DType): ExternalTensor[] {
  const [n, ...rest] = slice.dims as [number, ...number[]];
  const width = rest.reduce((a, b) => a * b, 1);
  const rows = limit === null ? n : Math.floor(limit / (width * BYTES[dtype]));
  if (rows === 0)
    throw new Error(`a row of ${width} values does not fit ${limit} bytes: allow more`);
  const rowBytes = width * BYTES[slice.dtype];
  return Array.from({ length: Math.ceil(n / rows) }, (_, i) => {
    const count = Math.min(rows, n - i * rows);
    const [offset, bytes] = [slice.offset + i * rows * rowBytes, count * rowBytes];
    return { ...slice, offset, bytes, dims: [count, ...rest] };
  });
}

/** Each id is looked up in every block, at a row that exists there, and kept from its own. */
function rowsOf(blocks: readonly Value[], ids: Value): Value {
  if (blocks.length === 1) return gather(blocks[0]!, ids);
  const { graph } = ids;
  const narrow = cast(ids, 'int32'); // not every provider compares int64
  const [zero, shape] = [graph.scalar(0, 'int32'), [...ids.shape, 1]];
  let start = 0;
  let chosen: Value | undefined;
  for (const block of blocks) {
    const height = knownLength(block.shape[0], 'a block of rows');
    const local = start === 0 ? narrow : sub(narrow, graph.scalar(start, 'int32'));
    const limit = graph.scalar(height, 'int32');
    const notBefore = where(lessOrEqual(zero, local), local, zero);
    const rows = gather(block, where(less(notBefore, limit), notBefore, zero));
    chosen = chosen ? where(reshape(lessOrEqual(zero, local), shape), rows, chosen) : rows;
    start += height;
  }
  return chosen!;
}

function remembered<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const value = made.get(name) ?? make(name);
    made.set(name, value);
    return value;
  };
}
