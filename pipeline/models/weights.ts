import { numbersOf, scalesOf } from '../graph/block-matrix.ts';
import type { Dim, Graph, Value } from '../graph/builder.ts';
import type { ExternalTensor } from '../graph/external-tensor.ts';
import { concat, reshape } from '../graph/layout.ts';
import { blockGemm, cast, gather, gemm, less, lessOrEqual, sub, where } from '../graph/ops.ts';
import { knownLength, product } from '../graph/shape.ts';
import { BYTES, type DType } from '../graph/tensor.ts';

/** The weights of a model inside one graph, by their names in the checkpoint. */
export interface Weights {
  /** A small weight as a value, in the type that the graph computes in. */
  vector(name: string): Value;
  /** `x Wᵀ` over the last axis. With bfloat16 matrices, x and the result are rounded to bfloat16. */
  product(x: Value, name: string): Value;
  /** `x Wᵀ` over the last axis, computed in the type that the graph computes in. */
  exactProduct(x: Value, name: string): Value;
  /** Rows of a matrix: `W[ids]`. */
  rows(name: string, ids: Value): Value;
}

/** How a provider stores and multiplies a model's weights; see runtime/numerics.ts. */
export interface Numerics {
  /** Type of the matrices in products. `bfloat16` applies to matrices that are bfloat16 on disk, `int8` to those that are in blocks. */
  readonly matrices: 'float32' | 'bfloat16' | 'int8';
  /** Bytes of the largest buffer that a weight may have; null where there is no limit. */
  readonly largestBuffer: number | null;
}

/** All products in float32, and buffers of any size. */
export const FLOAT32: Numerics = { matrices: 'float32', largestBuffer: null };

/** Products of whole numbers, for matrices in blocks; the others in float32. */
export const INT8: Numerics = { matrices: 'int8', largestBuffer: null };

/** Weights that already are values of the graph. */
export function weightsFromValues(value: (name: string) => Value): Weights {
  return {
    vector: value,
    product: (x, name) => linear(x, value(name)),
    exactProduct: (x, name) => linear(x, value(name)),
    rows: (name, ids) => gather(value(name), ids),
  };
}

/**
 * Weights in files. Each is added to the graph when it is first used.
 * @param tensors location of each weight
 * @param dtype the type that the graph computes in
 */
export function externalWeights(
  graph: Graph,
  tensors: ReadonlyMap<string, ExternalTensor>,
  { matrices, largestBuffer }: Numerics,
  dtype: DType,
): Weights {
  const tensorOf = (name: string): ExternalTensor => {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`missing tensor: ${name}: open a checkpoint that has it`);
    return tensor;
  };
  const asStored = memoize((name) => graph.external(name, tensorOf(name)));
  const whole = memoize((name) => cast(graph.external(name, tensorOf(name)), dtype));
  const blocks = memoize((name): readonly Value[] => {
    const parts = rowBlocks(tensorOf(name), largestBuffer, dtype);
    if (parts.length === 1) return [whole(name)];
    return parts.map((part, i) => cast(graph.external(`${name}.${i}`, part), dtype));
  });
  const inBlocks = memoize((name) => ({
    numbers: asStored(numbersOf(name)),
    scales: asStored(scalesOf(name)),
  }));
  const exactProduct = (x: Value, name: string): Value => {
    const numbers = matrices === 'int8' ? tensors.get(numbersOf(name)) : undefined;
    if (numbers) return overRows(x, numbers.dims[0]!, (flat) => blockGemm(flat, inBlocks(name)));
    const parts = blocks(name).map((block) => linear(x, block));
    return parts.length === 1 ? parts[0]! : concat(parts, -1);
  };
  return {
    vector: whole,
    exactProduct,
    product: (x, name) =>
      matrices === 'bfloat16' && tensorOf(name).dtype === 'bfloat16'
        ? cast(linear(cast(x, 'bfloat16'), asStored(name)), x.dtype)
        : exactProduct(x, name),
    rows: (name, ids) => gatherRows(blocks(name), ids),
  };
}

/** `x Wᵀ` over the last axis. */
export const linear = (x: Value, weight: Value): Value =>
  overRows(x, weight.shape[0]!, (flat) => gemm(flat, weight, { transB: true }));

/** A product of matrices over the last axis of a value, which has `width` elements afterwards. */
function overRows(x: Value, width: Dim, multiply: (flat: Value) => Value): Value {
  const lead = x.shape.slice(0, -1);
  const flat = reshape(x, [product(lead), x.shape.at(-1)!]);
  return reshape(multiply(flat), [...lead, width]);
}

/**
 * A tensor as blocks of rows.
 * @param limit bytes of a block after it is cast to `dtype`; null for one block
 */
function rowBlocks(tensor: ExternalTensor, limit: number | null, dtype: DType): ExternalTensor[] {
  const [n, ...rest] = tensor.dims as [number, ...number[]];
  const width = rest.reduce((a, b) => a * b, 1);
  const rows = limit === null ? n : Math.floor(limit / (width * BYTES[dtype]));
  if (rows === 0)
    throw new Error(`a row of ${width} values does not fit ${limit} bytes: allow more`);
  const rowBytes = width * BYTES[tensor.dtype];
  return Array.from({ length: Math.ceil(n / rows) }, (_, i) => {
    const count = Math.min(rows, n - i * rows);
    const [offset, bytes] = [tensor.offset + i * rows * rowBytes, count * rowBytes];
    return { ...tensor, offset, bytes, dims: [count, ...rest] };
  });
}

/**
 * `W[ids]` of a matrix in blocks: every id is looked up in every block, with a valid index, and one result selected.
 */
function gatherRows(blocks: readonly Value[], ids: Value): Value {
  if (blocks.length === 1) return gather(blocks[0]!, ids);
  const { graph } = ids;
  const index = cast(ids, 'int32'); // not every provider compares int64
  const [zero, shape] = [graph.scalar(0, 'int32'), [...ids.shape, 1]];
  let start = 0;
  let selected: Value | undefined;
  for (const block of blocks) {
    const height = knownLength(block.shape[0], 'a block of rows');
    const local = start === 0 ? index : sub(index, graph.scalar(start, 'int32'));
    const limit = graph.scalar(height, 'int32');
    const notNegative = where(lessOrEqual(zero, local), local, zero);
    const rows = gather(block, where(less(notNegative, limit), notNegative, zero));
    selected = selected ? where(reshape(lessOrEqual(zero, local), shape), rows, selected) : rows;
    start += height;
  }
  return selected!;
}

function memoize<T>(compute: (name: string) => T): (name: string) => T {
  const results = new Map<string, T>();
  return (name) => {
    const result = results.get(name) ?? compute(name);
    results.set(name, result);
    return result;
  };
}
