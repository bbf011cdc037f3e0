/** Operators that change the layout of a tensor, and the shapes that they are given. */
import { addNode } from './add-node.ts';
import {
  type Dim,
  innermostGraph,
  type Operation,
  type Shape,
  type Value,
  type Values,
} from './builder.ts';
import {
  hasKnownLengths,
  knownLength,
  nonNegativeAxis,
  product,
  replaceAxis,
  sameShape,
} from './shape.ts';

export function transpose(x: Value, perm: readonly number[]): Value {
  const shape = perm.map((axis) => x.shape[axis]!);
  return addNode({ op: 'Transpose', inputs: [x], attributes: { perm } }, { dtype: x.dtype, shape });
}

/** The same elements in another shape. Both shapes may contain symbols. */
export function reshape(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  if (product(x.shape) !== product(shape) && x.shape.every((d) => typeof d === 'number'))
    throw new Error(`[${x.shape}] cannot be reshaped to [${shape}]`);
  return addNode(
    { op: 'Reshape', inputs: [x, shapeTensor(x, shape)], attributes: {} },
    { dtype: x.dtype, shape },
  );
}

export function expand(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  return addNode(
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
  return addNode(
    { op: 'Concat', inputs: xs, attributes: { axis: joined } },
    { dtype: first.dtype, shape },
  );
}

const sumOfLengths = (lengths: Shape): Dim =>
  hasKnownLengths(lengths) ? lengths.reduce((a, d) => a + d, 0) : lengths.join('+');

/** The lengths of axes [start, end) as an int64 tensor, read when the graph runs. */
export const shapeOf = (x: Value, start = 0, end = x.shape.length): Value =>
  addNode(
    { op: 'Shape', inputs: [x], attributes: { start, end } },
    { dtype: 'int64', shape: [end - start] },
  );

/** Reshape or expand `x` to the shape that `like` has at run time; `like` is computed only where its shape does not say it. */
export const reshapeLike = (x: Value, like: Value): Value =>
  canSay(x, like.shape) ? reshape(x, like.shape) : toShapeOf('Reshape', x, like);

export const expandLike = (x: Value, like: Value): Value =>
  like.shape.every((d) => isKnownAxis(x, d)) ? expand(x, like.shape) : toShapeOf('Expand', x, like);

/** Consecutive parts along an axis, each as long as the corresponding tensor in `like` along that axis. */
export function splitLike<const T extends readonly Value[]>(
  x: Value,
  like: T,
  axis: number,
): Values<T> {
  const cut = nonNegativeAxis(x.shape, axis);
  const lengths = concat(
    like.map((part) => lengthOf(part, cut)),
    0,
  );
  const types = like.map(({ shape }) => ({
    dtype: x.dtype,
    shape: replaceAxis(x.shape, cut, shape[cut]!),
  }));
  const operation: Operation = { op: 'Split', inputs: [x, lengths], attributes: { axis: cut } };
  return innermostGraph(operation.inputs).node(operation, types) as Values<T>;
}

/** The length of an axis as an int64 tensor [1]; the tensor is computed only where its shape does not say it. */
function lengthOf(x: Value, axis: number): Value {
  const dim = x.shape[axis]!;
  if (typeof dim === 'number') return x.graph.ints([dim]);
  return isInputAxis(x, dim) ? x.graph.dim(dim) : shapeOf(x, axis, axis + 1);
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

function toShapeOf(op: 'Reshape' | 'Expand', x: Value, like: Value): Value {
  if (sameShape(x.shape, like.shape)) return x;
  return addNode(
    { op, inputs: [x, shapeOf(like)], attributes: {} },
    { dtype: x.dtype, shape: like.shape },
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

/** Whether a shape can be given to `reshape`: by numbers and lengths of the graph's inputs, and one length that follows. */
const canSay = (x: Value, shape: Shape): boolean =>
  shape.filter((d) => !isKnownAxis(x, d)).length <= 1 &&
  (hasKnownLengths(shape) || !hasKnownLengths(x.shape));
