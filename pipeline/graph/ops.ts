/**
 * One function per ONNX operator (opset 19): it checks shapes and adds one node.
 * What is made of several operators is in functions.ts.
 */

import { innermost, type Operation, type Shape, type Value, type ValueType } from './builder.ts';
import type { Flag, PlainOp } from './operators.ts';
import { axisOf, broadcast, isKnown, known, product, replaceAt, same } from './shape.ts';
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

/** `op(a) · op(b)` of two matrices; op transposes where asked. Every provider has it natively. */
export function gemm(a: Value, b: Value, { transA = false, transB = false } = {}): Value {
  const [m, k] = transA ? a.shape.toReversed() : a.shape;
  const [k2, n] = transB ? b.shape.toReversed() : b.shape;
  if (a.shape.length !== 2 || b.shape.length !== 2 || k !== k2)
    throw new Error(`gemm of [${a.shape}] and [${b.shape}]: ${k} does not match ${k2}`);
  const attributes = { transA: flag(transA), transB: flag(transB) };
  return one({ op: 'Gemm', inputs: [a, b], attributes }, { dtype: a.dtype, shape: [m!, n!] });
}

// Reductions (the reduced axes are kept, with length 1)

export const reduceSum = (x: Value, axes: readonly number[]): Value => reduce('ReduceSum', x, axes);
export const reduceMean = (x: Value, axes: readonly number[]): Value =>
  reduce('ReduceMean', x, axes);
export const reduceMax = (x: Value, axes: readonly number[]): Value => reduce('ReduceMax', x, axes);

/** Softmax over the last axis. */
export const softmax = (x: Value): Value =>
  one({ op: 'Softmax', inputs: [x], attributes: { axis: -1 } }, x);

/** Running sum over the last axis; `exclusive` leaves the element itself out, `reverse` runs from the end. */
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

/** The `k` largest of the last axis, descending; equal ones by index. `k` is an int64 tensor [1]. */
export function topK(x: Value, k: Value, symbol: string): { values: Value; indices: Value } {
  const shape = replaceAt(x.shape, x.shape.length - 1, symbol);
  const [values, indices] = innermost([x, k]).node(
    { op: 'TopK', inputs: [x, k], attributes: { axis: -1, largest: 1, sorted: 1 } },
    [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ],
  );
  return { values: values!, indices: indices! };
}

// Indexing

/** Rows of `table` along axis 0: `table[indices]`. */
export function gather(table: Value, indices: Value): Value {
  const shape = [...indices.shape, ...table.shape.slice(1)];
  return one(
    { op: 'Gather', inputs: [table, indices], attributes: { axis: 0 } },
    { dtype: table.dtype, shape },
  );
}

/** Columns of `x`: `x[…, indices]`, the same ones for every row. */
export function gatherColumns(x: Value, indices: Value): Value {
  const shape = [...x.shape.slice(0, -1), ...indices.shape];
  return one(
    { op: 'Gather', inputs: [x, indices], attributes: { axis: -1 } },
    { dtype: x.dtype, shape },
  );
}

/** Elements picked along the last axis: `x[…, indices[…, j]]`. */
export function gatherElements(x: Value, indices: Value): Value {
  const type = { dtype: x.dtype, shape: indices.shape };
  return one({ op: 'GatherElements', inputs: [x, indices], attributes: { axis: -1 } }, type);
}

/** `into` with `updates` added along the last axis, at `indices` of the updates' shape. */
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

/** The same elements in another shape. Symbols may appear in both shapes. */
export function reshape(x: Value, shape: Shape): Value {
  if (same(x.shape, shape)) return x;
  if (product(x.shape) !== product(shape) && x.shape.every((d) => typeof d === 'number'))
    throw new Error(`[${x.shape}] cannot be reshaped to [${shape}]`);
  return one(
    { op: 'Reshape', inputs: [x, shapeTensor(x, shape)], attributes: {} },
    { dtype: x.dtype, shape },
  );
}

export function expand(x: Value, shape: Shape): Value {
  if (same(x.shape, shape)) return x;
  return one(
    { op: 'Expand', inputs: [x, explicitShape(x, shape)], attributes: {} },
    { dtype: x.dtype, shape },
  );
}

export function concat(xs: readonly Value[], axis: number): Value {
  const first = xs[0]!;
  const at = axisOf(first.shape, axis);
  const lengths = xs.map((x) => x.shape[at]!);
  const total = lengths.every((d) => typeof d === 'number')
    ? lengths.reduce<number>((a, d) => a + Number(d), 0)
    : lengths.join('+');
  const shape = replaceAt(first.shape, at, total);
  return one({ op: 'Concat', inputs: xs, attributes: { axis: at } }, { dtype: first.dtype, shape });
}

/** The same value, through which no cotangent flows back. */
export const stopGradient = (x: Value): Value => unary('Identity', x);

/** The lengths of axes [start, end) as an int64 tensor, read when the graph runs. */
export const shapeOf = (x: Value, start = 0, end = x.shape.length): Value =>
  one(
    { op: 'Shape', inputs: [x], attributes: { start, end } },
    { dtype: 'int64', shape: [end - start] },
  );

/** Reshape or expand to the shape that `like` has when the graph runs. */
export const reshapeLike = (x: Value, like: Value): Value => toShapeOf('Reshape', x, like);
export const expandLike = (x: Value, like: Value): Value => toShapeOf('Expand', x, like);

/** Consecutive parts along an axis, as long as the tensors in `like` are there. */
export function splitLike(x: Value, like: readonly Value[], axis: number): Value[] {
  const at = axisOf(x.shape, axis);
  const lengths = concat(
    like.map((part) => shapeOf(part, at, at + 1)),
    0,
  );
  const types = like.map(({ shape }) => ({
    dtype: x.dtype,
    shape: replaceAt(x.shape, at, shape[at]!),
  }));
  const operation: Operation = { op: 'Split', inputs: [x, lengths], attributes: { axis: at } };
  return innermost(operation.inputs).node(operation, types);
}

/** Consecutive parts of the given lengths along an axis. */
export function split(x: Value, lengths: readonly number[], axis: number): Value[] {
  const at = axisOf(x.shape, axis);
  const total = lengths.reduce((a, b) => a + b, 0);
  if (typeof x.shape[at] === 'number' && x.shape[at] !== total)
    throw new Error(`axis ${axis} of [${x.shape}] cannot be split into ${lengths.join(' + ')}`);
  const types = lengths.map((d) => ({ dtype: x.dtype, shape: replaceAt(x.shape, at, d) }));
  const inputs = [x, x.graph.ints(lengths)];
  return x.graph.node({ op: 'Split', inputs, attributes: { axis: at } }, types);
}

/** Consecutive equal parts along an axis of known length. */
export function chunk(x: Value, parts: number, axis: number): Value[] {
  const length = known(x.shape[axisOf(x.shape, axis)], 'chunk') / parts;
  return split(x, Array<number>(parts).fill(length), axis);
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

/** A node of one output. */
const one = (operation: Operation, type: ValueType): Value =>
  innermost(operation.inputs).node(operation, [type])[0]!;

const flag = (is: boolean): Flag => (is ? 1 : 0);

const unary = (op: PlainOp, x: Value): Value => one({ op, inputs: [x], attributes: {} }, x);

function toShapeOf(op: 'Reshape' | 'Expand', x: Value, like: Value): Value {
  if (same(x.shape, like.shape)) return x;
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
  if (axes.length === 0) return x; // ONNX would take no axes for all of them
  const at = axes.map((axis) => axisOf(x.shape, axis));
  const shape = x.shape.map((d, i) => (at.includes(i) ? 1 : d));
  return one(
    { op, inputs: [x, x.graph.ints(at)], attributes: { keepdims: 1 } },
    { dtype: x.dtype, shape },
  );
}

/** ONNX's reshape target: 0 copies the same axis, -1 is inferred, the rest is looked up. */
function shapeTensor(x: Value, shape: Shape): Value {
  const unmatched = [...shape.keys()].filter(
    (i) => typeof shape[i] === 'string' && shape[i] !== x.shape[i],
  );
  const inferred = unmatched.find((i) => !isAxis(x, shape[i]!)) ?? unmatched[0];
  if (unmatched.length <= 1)
    return x.graph.ints(shape.map((d, i) => (typeof d === 'number' ? d : i === inferred ? -1 : 0)));
  return shapeParts(x, shape, inferred);
}

const explicitShape = (x: Value, shape: Shape): Value =>
  isKnown(shape) ? x.graph.ints(shape) : shapeParts(x, shape);

function shapeParts(x: Value, shape: Shape, inferred?: number): Value {
  const { graph } = x;
  const parts = shape.map((d, i) =>
    typeof d === 'number' ? graph.ints([d]) : i === inferred ? graph.ints([-1]) : graph.dim(d),
  );
  return parts.length === 1 ? parts[0]! : concat(parts, 0);
}

const isAxis = (x: Value, symbol: string | number): boolean =>
  typeof symbol === 'string' && x.graph.hasAxis(symbol);
