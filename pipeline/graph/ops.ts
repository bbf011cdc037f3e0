/**
 * One function per ONNX operator (opset 19): it checks shapes and adds one node.
 * Functions composed of several operators are in functions.ts.
 */

import {
  type Dim,
  innermostGraph,
  type Operation,
  type Shape,
  type Value,
  type Values,
  type ValueType,
} from './builder.ts';
import type { Flag, PlainOp } from './operators.ts';
import {
  broadcast,
  hasKnownLengths,
  knownLength,
  nonNegativeAxis,
  product,
  replaceAxis,
  sameShape,
} from './shape.ts';
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
    : one(
        { op: 'Cast', inputs: [x], attributes: { to: ONNX_TYPE[dtype] } },
        { dtype, shape: x.shape },
      );

/** `condition ? a : b`, elementwise. */
export function where(condition: Value, a: Value, b: Value): Value {
  const shape = broadcast(condition.shape, broadcast(a.shape, b.shape));
  return one({ op: 'Where', inputs: [condition, a, b], attributes: {} }, { dtype: a.dtype, shape });
}

// Products

/** Batched matrix product `[…, m, k] · […, k, n]`. */
export function matmul(a: Value, b: Value): Value {
  const [m, k] = a.shape.slice(-2);
  const [k2, n] = b.shape.slice(-2);
  if (k !== k2)
    throw new Error(`matmul of [${a.shape}] and [${b.shape}]: ${k} does not match ${k2}`);
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return one(
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
  return one({ op: 'Gemm', inputs: [a, b], attributes }, { dtype: a.dtype, shape: [m!, n!] });
}

// Reductions (the reduced axes keep length 1)

export const reduceSum = (x: Value, axes: readonly number[]): Value => reduce('ReduceSum', x, axes);
export const reduceMean = (x: Value, axes: readonly number[]): Value =>
  reduce('ReduceMean', x, axes);
export const reduceMax = (x: Value, axes: readonly number[]): Value => reduce('ReduceMax', x, axes);

/** Softmax over the last axis. */
export const softmax = (x: Value): Value =>
  one({ op: 'Softmax', inputs: [x], attributes: { axis: -1 } }, x);

/** Cumulative sum over the last axis; `exclusive` omits the element itself, `reverse` sums from the end. */
export function cumSum(x: Value, { exclusive = false, reverse = false } = {}): Value {
  const axis = x.graph.scalar(x.shape.length - 1, 'int64');
  return one(
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
 * @param symbol of the results' last axis, whose length is k
 */
export function topK(x: Value, k: Value, symbol: string): { values: Value; indices: Value } {
  const shape = replaceAxis(x.shape, x.shape.length - 1, symbol);
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
  return one(
    { op: 'Gather', inputs: [table, indices], attributes: { axis: 0 } },
    { dtype: table.dtype, shape },
  );
}

/** Columns of `x`: `x[…, indices]`, the same columns for every row. */
export function gatherColumns(x: Value, indices: Value): Value {
  limitTo(x.shape.at(-1), indices);
  const shape = [...x.shape.slice(0, -1), ...indices.shape];
  return one(
    { op: 'Gather', inputs: [x, indices], attributes: { axis: -1 } },
    { dtype: x.dtype, shape },
  );
}

/** Elements picked along the last axis: `x[…, indices[…, j]]`. */
export function gatherElements(x: Value, indices: Value): Value {
  limitTo(x.shape.at(-1), indices);
  const type = { dtype: x.dtype, shape: indices.shape };
  return one({ op: 'GatherElements', inputs: [x, indices], attributes: { axis: -1 } }, type);
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
  one(
    {
      op: 'ScatterElements',
      inputs: [into, indices, updates],
      attributes: { axis: -1, reduction: 'add' },
    },
    into,
  );

/** `into` with `updates` [n, …] added at rows `indices` [n, 1]; repeated rows accumulate. */
export const scatterAdd = (into: Value, indices: Value, updates: Value): Value =>
  one(
    { op: 'ScatterND', inputs: [into, indices, updates], attributes: { reduction: 'add' } },
    into,
  );

// Layout

export function transpose(x: Value, perm: readonly number[]): Value {
  const shape = perm.map((axis) => x.shape[axis]!);
  return one({ op: 'Transpose', inputs: [x], attributes: { perm } }, { dtype: x.dtype, shape });
}

/** The same elements in another shape. Both shapes may contain symbols. */
export function reshape(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  if (product(x.shape) !== product(shape) && x.shape.every((d) => typeof d === 'number'))
    throw new Error(`[${x.shape}] cannot be reshaped to [${shape}]`);
  return one(
    { op: 'Reshape', inputs: [x, shapeTensor(x, shape)], attributes: {} },
    { dtype: x.dtype, shape },
  );
}

export function expand(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  return one(
    { op: 'Expand', inputs: [x, explicitShape(x, shape)], attributes: {} },
    { dtype: x.dtype, shape },
  );
}

export function concat(xs: readonly Value[], axis: number): Value {
  const first = xs[0]!;
  const joined = nonNegativeAxis(first.shape, axis);
  const lengths = xs.map((x) => x.shape[joined]!);
  const total = sumOfLengths(lengths);
  const shape = replaceAxis(first.shape, joined, total);
  return one(
    { op: 'Concat', inputs: xs, attributes: { axis: joined } },
    { dtype: first.dtype, shape },
  );
}

const sumOfLengths = (lengths: Shape): Dim =>
  hasKnownLengths(lengths) ? lengths.reduce((a, d) => a + d, 0) : lengths.join('+');

/** The same value, treated as a constant by vjp.ts. */
export const stopGradient = (x: Value): Value => unary('Identity', x);

/** The lengths of axes [start, end) as an int64 tensor, read when the graph runs. */
export const shapeOf = (x: Value, start = 0, end = x.shape.length): Value =>
  one(
    { op: 'Shape', inputs: [x], attributes: { start, end } },
    { dtype: 'int64', shape: [end - start] },
  );

/** Reshape or expand `x` to the shape that `like` has at run time; `like` is computed only where its shape does not say it. */
export const reshapeLike = (x: Value, like: Value): Value =>
  like.shape.filter((d) => !isKnownAxis(x, d)).length <= 1
    ? reshape(x, like.shape)
    : toShapeOf('Reshape', x, like);
export const expandLike = (x: Value, like: Value): Value => toShapeOf('Expand', x, like);

/** Consecutive parts along an axis, each as long as the corresponding tensor in `like` along that axis. */
export function splitLike<const T extends readonly Value[]>(
  x: Value,
  like: T,
  axis: number,
): Values<T> {
  const cut = nonNegativeAxis(x.shape, axis);
  const lengths = concat(
    like.map((part) => shapeOf(part, cut, cut + 1)),
    0,
  );
  const types = like.map(({ shape }) => ({
    dtype: x.dtype,
    shape: replaceAxis(x.shape, cut, shape[cut]!),
  }));
  const operation: Operation = { op: 'Split', inputs: [x, lengths], attributes: { axis: cut } };
  return innermostGraph(operation.inputs).node(operation, types) as Values<T>;
}

/** Consecutive parts of the given lengths along an axis. @throws where the lengths do not add up to the axis */
export function split<const T extends readonly number[]>(
  x: Value,
  lengths: T,
  axis: number,
): Values<T> {
  const cut = nonNegativeAxis(x.shape, axis);
  const total = lengths.reduce((a, b) => a + b, 0);
  if (typeof x.shape[cut] === 'number' && x.shape[cut] !== total)
    throw new Error(`axis ${axis} of [${x.shape}] cannot be split into ${lengths.join(' + ')}`);
  const types = lengths.map((d) => ({ dtype: x.dtype, shape: replaceAxis(x.shape, cut, d) }));
  const inputs = [x, x.graph.ints(lengths)];
  return x.graph.node({ op: 'Split', inputs, attributes: { axis: cut } }, types) as Values<T>;
}

/** The first and the second half of an axis of known, even length. */
export function halves(x: Value, axis: number): [Value, Value] {
  const length = knownLength(x.shape[nonNegativeAxis(x.shape, axis)], 'halves') / 2;
  return split(x, [length, length], axis);
}

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

/** Add a node with one output. */
const one = (operation: Operation, type: ValueType): Value =>
  innermostGraph(operation.inputs).node(operation, [type])[0];

const flag = (condition: boolean): Flag => (condition ? 1 : 0);

const unary = (op: PlainOp, x: Value): Value => one({ op, inputs: [x], attributes: {} }, x);

function toShapeOf(op: 'Reshape' | 'Expand', x: Value, like: Value): Value {
  if (sameShape(x.shape, like.shape)) return x;
  return one(
    { op, inputs: [x, shapeOf(like)], attributes: {} },
    { dtype: x.dtype, shape: like.shape },
  );
}

function binary(op: PlainOp, a: Value, b: Value, dtype: DType = a.dtype): Value {
  if (a.dtype !== b.dtype) throw new Error(`${op} of ${a.dtype} and ${b.dtype}: cast one first`);
  return one({ op, inputs: [a, b], attributes: {} }, { dtype, shape: broadcast(a.shape, b.shape) });
}

function reduce(
  op: 'ReduceSum' | 'ReduceMean' | 'ReduceMax',
  x: Value,
  axes: readonly number[],
): Value {
  if (axes.length === 0) return x; // ONNX would reduce all axes
  const reduced = axes.map((axis) => nonNegativeAxis(x.shape, axis));
  const shape = x.shape.map((d, i) => (reduced.includes(i) ? 1 : d));
  return one(
    { op, inputs: [x, x.graph.ints(reduced)], attributes: { keepdims: 1 } },
    { dtype: x.dtype, shape },
  );
}

/**
 * The shape argument of ONNX's Reshape: 0 copies the length of the same axis of x, -1 is inferred. At most one axis can
 * be inferred; other symbolic lengths are read from the graph's inputs.
 */
function shapeTensor(x: Value, shape: Shape): Value {
  const unmatched = [...shape.keys()].filter(
    (i) => typeof shape[i] === 'string' && shape[i] !== x.shape[i],
  );
  const inferred = unmatched.find((i) => !isInputAxis(x, shape[i]!)) ?? unmatched[0];
  if (unmatched.length <= 1)
    return x.graph.ints(shape.map((d, i) => (typeof d === 'number' ? d : i === inferred ? -1 : 0)));
  return shapeParts(x, shape, inferred);
}

const explicitShape = (x: Value, shape: Shape): Value =>
  hasKnownLengths(shape) ? x.graph.ints(shape) : shapeParts(x, shape);

/** A shape as an int64 tensor, symbolic lengths read from the graph's inputs; -1 at the axis `inferred`. */
function shapeParts(x: Value, shape: Shape, inferred?: number): Value {
  const { graph } = x;
  const parts = shape.map((d, i) =>
    typeof d === 'number' ? graph.ints([d]) : i === inferred ? graph.ints([-1]) : graph.dim(d),
  );
  return parts.length === 1 ? parts[0]! : concat(parts, 0);
}

const isKnownAxis = (x: Value, d: Dim): boolean => typeof d === 'number' || isInputAxis(x, d);

const isInputAxis = (x: Value, symbol: string | number): boolean =>
  typeof symbol === 'string' && x.graph.hasAxis(symbol);
