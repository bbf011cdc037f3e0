/**
 * One function per ONNX operator (opset 19): it checks shapes and adds one node. Those that change a tensor's layout are in
 * layout.ts, functions composed of several operators in functions.ts.
 */

import { addNode } from './add-node.ts';
import { type Dim, innermostGraph, type Value } from './builder.ts';
import type { Flag, PlainOp } from './operators.ts';
import { broadcast, nonNegativeAxis, replaceAxis } from './shape.ts';
import type { DType } from './tensor.ts';

// Elementwise, two arguments

export const add = (a: Value, b: Value): Value => binary('Add', a, b);
export const sub = (a: Value, b: Value): Value => binary('Sub', a, b);
export const mul = (a: Value, b: Value): Value => binary('Mul', a, b);
export const div = (a: Value, b: Value): Value => binary('Div', a, b);
export const less = (a: Value, b: Value): Value => binary('Less', a, b, 'bool');
export const lessOrEqual = (a: Value, b: Value): Value => binary('LessOrEqual', a, b, 'bool');
export const equal = (a: Value, b: Value): Value => binary('Equal', a, b, 'bool');

// Elementwise, one argument

export const neg = (x: Value): Value => unary('Neg', x);
export const exp = (x: Value): Value => unary('Exp', x);
export const log = (x: Value): Value => unary('Log', x);
export const sqrt = (x: Value): Value => unary('Sqrt', x);
export const reciprocal = (x: Value): Value => unary('Reciprocal', x);
export const tanh = (x: Value): Value => unary('Tanh', x);
export const cast = (x: Value, dtype: DType): Value =>
  x.dtype === dtype
    ? x
    : addNode(
        { op: 'Cast', inputs: [x], attributes: { to: ONNX_TYPE[dtype] } },
        { dtype, shape: x.shape },
      );

/** `condition ? a : b`, elementwise. */
export function where(condition: Value, a: Value, b: Value): Value {
  const shape = broadcast(condition.shape, broadcast(a.shape, b.shape));
  return addNode(
    { op: 'Where', inputs: [condition, a, b], attributes: {} },
    { dtype: a.dtype, shape },
  );
}

// Products

/** Batched matrix product `[…, m, k] · […, k, n]`. */
export function matmul(a: Value, b: Value): Value {
  const [m, k] = a.shape.slice(-2);
  const [k2, n] = b.shape.slice(-2);
  if (k !== k2)
    throw new Error(`matmul of [${a.shape}] and [${b.shape}]: ${k} does not match ${k2}`);
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return addNode(
    { op: 'MatMul', inputs: [a, b], attributes: {} },
    { dtype: a.dtype, shape: [...batch, m!, n!] },
  );
}

/** `op(a) · op(b)` of two matrices, where op optionally transposes. Every provider has a kernel for it. */
export function gemm(a: Value, b: Value, { transA = false, transB = false } = {}): Value {
  const [m, k] = transA ? a.shape.toReversed() : a.shape;
  const [k2, n] = transB ? b.shape.toReversed() : b.shape;
  if (a.shape.length !== 2 || b.shape.length !== 2 || k !== k2)
    throw new Error(`gemm of [${a.shape}] and [${b.shape}]: ${k} does not match ${k2}`);
  const attributes = { transA: flag(transA), transB: flag(transB) };
  return addNode({ op: 'Gemm', inputs: [a, b], attributes }, { dtype: a.dtype, shape: [m!, n!] });
}

/** A matrix [rows, k] whose rows are blocks of whole numbers of 8 bits with a scale each: its values are (number − 128) · scale. */
export interface BlockMatrix {
  /** uint8 [rows, k / size, size] */
  readonly numbers: Value;
  /** float32 [rows · k / size] */
  readonly scales: Value;
}

/**
 * `x Wᵀ` of x [n, k] and a matrix in blocks. Each row of x is rounded to 8 bits, too, in the same blocks, so that the products are
 * of whole numbers. It has no derivative here. Only the CPU has a kernel for it.
 */
export function blockGemm(x: Value, { numbers, scales }: BlockMatrix): Value {
  const [rows, blocks, size] = numbers.shape as [number, number, number];
  const [n, k] = x.shape;
  if (x.shape.length !== 2 || k !== blocks * size)
    throw new Error(`product of [${x.shape}] and blocks [${numbers.shape}]: ${k} does not match`);
  const attributes = { K: k, N: rows, bits: 8, block_size: size, accuracy_level: INT8_OPERANDS };
  return addNode(
    { op: 'MatMulNBits', inputs: [x, numbers, scales], attributes },
    { dtype: x.dtype, shape: [n!, rows] },
  );
}

/** The `accuracy_level` at which both operands are 8 bits. */
const INT8_OPERANDS = 4;

// Reductions (the reduced axes keep length 1)

export const reduceSum = (x: Value, axes: readonly number[]): Value => reduce('ReduceSum', x, axes);
export const reduceMean = (x: Value, axes: readonly number[]): Value =>
  reduce('ReduceMean', x, axes);
export const reduceMax = (x: Value, axes: readonly number[]): Value => reduce('ReduceMax', x, axes);

/** Softmax over the last axis. */
export const softmax = (x: Value): Value =>
  addNode({ op: 'Softmax', inputs: [x], attributes: { axis: -1 } }, x);

/** Cumulative sum over the last axis; `exclusive` omits the element itself, `reverse` sums from the end. */
export function cumSum(x: Value, { exclusive = false, reverse = false } = {}): Value {
  const axis = x.graph.scalar(x.shape.length - 1, 'int64');
  return addNode(
    {
      op: 'CumSum',
      inputs: [x, axis],
      attributes: { exclusive: flag(exclusive), reverse: flag(reverse) },
    },
    x,
  );
}

/**
 * The `k` largest elements along the last axis, in descending order; equal elements are in order of index.
 * @param k int64 [1]
 * @param length of the results' last axis, which is k: a number, or a symbol
 */
export function topK(x: Value, k: Value, length: Dim): { values: Value; indices: Value } {
  const shape = replaceAxis(x.shape, x.shape.length - 1, length);
  const [values, indices] = innermostGraph([x, k]).node(
    { op: 'TopK', inputs: [x, k], attributes: { axis: -1, largest: 1, sorted: 1 } },
    [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ],
  );
  return { values, indices };
}

// Indexing

/** Rows of `table` along axis 0: `table[indices]`. */
export function gather(table: Value, indices: Value): Value {
  limitTo(table.shape[0], indices);
  const shape = [...indices.shape, ...table.shape.slice(1)];
  return addNode(
    { op: 'Gather', inputs: [table, indices], attributes: { axis: 0 } },
    { dtype: table.dtype, shape },
  );
}

/** Columns of `x`: `x[…, indices]`, the same columns for every row. */
export function gatherColumns(x: Value, indices: Value): Value {
  limitTo(x.shape.at(-1), indices);
  const shape = [...x.shape.slice(0, -1), ...indices.shape];
  return addNode(
    { op: 'Gather', inputs: [x, indices], attributes: { axis: -1 } },
    { dtype: x.dtype, shape },
  );
}

/** Elements picked along the last axis: `x[…, indices[…, j]]`. */
export function gatherElements(x: Value, indices: Value): Value {
  limitTo(x.shape.at(-1), indices);
  const type = { dtype: x.dtype, shape: indices.shape };
  return addNode({ op: 'GatherElements', inputs: [x, indices], attributes: { axis: -1 } }, type);
}

/** Limit indices that are an input to an axis, where its length is known. */
function limitTo(length: Dim | undefined, indices: Value): void {
  if (typeof length === 'number')
    indices.graph.limitIndices(indices, {
      end: length,
      noun: 'index',
      remedy: 'use one of the table',
    });
}

/** `into` with `updates` added along the last axis at `indices`, which have the shape of the updates. */
export const scatterElementsAdd = (into: Value, indices: Value, updates: Value): Value =>
  addNode(
    {
      op: 'ScatterElements',
      inputs: [into, indices, updates],
      attributes: { axis: -1, reduction: 'add' },
    },
    into,
  );

/** `into` with `updates` [n, …] added at rows `indices` [n, 1]; repeated rows accumulate. */
export const scatterAdd = (into: Value, indices: Value, updates: Value): Value =>
  addNode(
    { op: 'ScatterND', inputs: [into, indices, updates], attributes: { reduction: 'add' } },
    into,
  );

/** The same value, treated as a constant by vjp.ts. */
export const stopGradient = (x: Value): Value => unary('Identity', x);

/** ONNX's TensorProto.DataType. */
export const ONNX_TYPE: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
};

const flag = (condition: boolean): Flag => (condition ? 1 : 0);

const unary = (op: PlainOp, x: Value): Value => addNode({ op, inputs: [x], attributes: {} }, x);

function binary(op: PlainOp, a: Value, b: Value, dtype: DType = a.dtype): Value {
  if (a.dtype !== b.dtype) throw new Error(`${op} of ${a.dtype} and ${b.dtype}: cast one first`);
  return addNode(
    { op, inputs: [a, b], attributes: {} },
    { dtype, shape: broadcast(a.shape, b.shape) },
  );
}

function reduce(
  op: 'ReduceSum' | 'ReduceMean' | 'ReduceMax',
  x: Value,
  axes: readonly number[],
): Value {
  if (axes.length === 0) return x; // ONNX would reduce all axes
  const reduced = axes.map((axis) => nonNegativeAxis(x.shape, axis));
  const shape = x.shape.map((d, i) => (reduced.includes(i) ? 1 : d));
  return addNode(
    { op, inputs: [x, x.graph.ints(reduced)], attributes: { keepdims: 1 } },
    { dtype: x.dtype, shape },
  );
}
