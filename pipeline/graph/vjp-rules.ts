/**
 * One vector-Jacobian product for each operator. For y = op(x₀, x₁, …) and the cotangent g = ∂L/∂y, a rule returns
 * for every input i a function that adds the nodes of ∂L/∂xᵢ to the graph, or null where the input is not
 * differentiable (indices, shapes, conditions). Only the functions of cotangents that are needed are called.
 *
 * Source: Griewank & Walther (2008), Evaluating Derivatives, chapter 3.
 */
import type { Node, Value } from './builder.ts';
import {
  concat,
  expand,
  expandLike,
  reshape,
  reshapeLike,
  splitLike,
  transpose,
} from './layout.ts';
import type { OpName } from './operators.ts';
import {
  cast,
  cumSum,
  div,
  equal,
  gather,
  gatherElements,
  gemm,
  matmul,
  mul,
  neg,
  reduceSum,
  scatterAdd,
  scatterElementsAdd,
  sub,
  where,
} from './ops.ts';
import { broadcastAxes, hasKnownLengths, knownLength, product, sameShape } from './shape.ts';

export type Cotangent = (() => Value) | null;

/** `g[i]` is the cotangent of output i; null where the differentiated value does not depend on it. */
export type Rule<Op extends OpName = OpName> = (
  node: Node<Op>,
  g: readonly (Value | null)[],
) => readonly Cotangent[];

export const VJP_RULES: { readonly [Op in OpName]: Rule<Op> } = {
  // Elementwise, two arguments; the cotangent of a broadcast argument is summed over the copies
  Add: binary((g) => [() => g, () => g]),
  Sub: binary((g) => [() => g, () => neg(g)]),
  Mul: binary((g, a, b) => [() => mul(g, b), () => mul(g, a)]),
  // y = a / b: ∂a = g / b, ∂b = −g y / b
  Div: binary((g, _a, b, y) => [() => div(g, b), () => neg(div(mul(g, y), b))]),
  Less: none,
  LessOrEqual: none,
  Equal: none,

  // Elementwise, one argument
  Neg: unary((g) => neg(g)),
  Exp: unary((g, _x, y) => mul(g, y)),
  Log: unary((g, x) => div(g, x)),
  // y = √x: g / 2y
  Sqrt: unary((g, _x, y) => div(g, twice(y))),
  // y = 1/x: −g y²
  Reciprocal: unary((g, _x, y) => neg(mul(g, mul(y, y)))),
  // y = tanh x: g (1 − y²)
  Tanh: unary((g, _x, y) => mul(g, sub(y.graph.scalar(1, y.dtype), mul(y, y)))),
  // a cast to or from integers has derivative zero
  Cast: ({ inputs: [x], outputs: [y] }, [g]) => [
    isFloat(x!) && isFloat(y!) ? () => cast(g!, x!.dtype) : null,
  ],
  Identity: none, // stopGradient
  Where: ({ inputs: [condition, a, b] }, [g]) => {
    const zero = g!.graph.scalar(0, g!.dtype);
    return [
      null,
      () => unbroadcast(where(condition!, g!, zero), a!),
      () => unbroadcast(where(condition!, zero, g!), b!),
    ];
  },

  // Y = A B: ∂A = g Bᵀ, ∂B = Aᵀ g, over every batch axis
  MatMul: ({ inputs: [a, b] }, [g]) => [
    () => unbroadcast(matmul(g!, transposed(b!)), a!),
    () => unbroadcast(matmul(transposed(a!), g!), b!),
  ],
  // Y = op(A) op(B): as for MatMul, transposed back where op transposes
  Gemm: ({ inputs: [a, b], attributes }, [g]) => {
    const [transA, transB] = [attributes.transA === 1, attributes.transB === 1];
    return [
      () =>
        transA ? gemm(b!, g!, { transA: transB, transB: true }) : gemm(g!, b!, { transB: !transB }),
      () =>
        transB ? gemm(g!, a!, { transA: true, transB: transA }) : gemm(a!, g!, { transA: !transA }),
    ];
  },

  MatMulNBits: () => {
    const refuse = (): never => {
      throw new Error('a product of whole numbers has no derivative: load the weights in float32');
    };
    return [refuse, null, null];
  },

  // Reductions: every summed element receives the cotangent of the sum
  ReduceSum: ({ inputs: [x] }, [g]) => [() => expandLike(g!, x!), null],
  ReduceMean: ({ inputs: [x], outputs: [y] }, [g]) => [
    () => {
      const n = broadcastAxes(x!.shape, y!.shape)
        .map((axis) => knownLength(x!.shape[axis], 'the derivative of a mean'))
        .reduce((a, b) => a * b, 1);
      return expandLike(mul(g!, g!.graph.scalar(1 / n, g!.dtype)), x!);
    },
    null,
  ],
  // equal maxima share the cotangent equally
  ReduceMax: ({ inputs: [x], outputs: [y] }, [g]) => [
    () => {
      const isMax = cast(equal(x!, y!), g!.dtype);
      const count = reduceSum(isMax, broadcastAxes(x!.shape, y!.shape));
      return mul(isMax, div(g!, count));
    },
    null,
  ],
  // y = softmax x: y (g − Σ g y)
  Softmax: unary((g, _x, y) => mul(y, sub(g, reduceSum(mul(g, y), [-1])))),
  // y = C x with C triangular: Cᵀ g is the cumulative sum in the opposite direction
  CumSum: ({ attributes }, [g]) => [
    () => cumSum(g!, { exclusive: attributes.exclusive === 1, reverse: attributes.reverse !== 1 }),
    null,
  ],
  TopK: ({ inputs: [x], outputs: [, indices] }, [g]) => [
    g ? () => scatterElementsAdd(zerosLike(x!), indices!, g) : null,
    null,
  ],

  // Indexing: the derivative of a gather is a scatter-add, that of a scatter-add a gather
  Gather: ({ inputs: [x, indices], attributes }, [g]) => [
    () => (attributes.axis === 0 ? scatterRows : scatterColumns)(x!, indices!, g!),
    null,
  ],
  GatherElements: ({ inputs: [x, indices] }, [g]) => [
    () => scatterElementsAdd(zerosLike(x!), indices!, g!),
    null,
  ],
  ScatterND: ({ inputs: [, indices] }, [g]) => [
    () => g!,
    null,
    () => gather(g!, reshape(indices!, indices!.shape.slice(0, 1))),
  ],
  ScatterElements: ({ inputs: [, indices] }, [g]) => [
    () => g!,
    null,
    () => gatherElements(g!, indices!),
  ],

  // Layout
  Transpose: ({ attributes }, [g]) => {
    const inverse = attributes.perm.map((_, axis) => attributes.perm.indexOf(axis));
    return [() => transpose(g!, inverse)];
  },
  Reshape: ({ inputs: [x] }, [g]) => [() => reshapeLike(g!, x!), null],
  Expand: ({ inputs: [x] }, [g]) => [() => unbroadcast(g!, x!), null],
  Concat: ({ inputs, attributes }, [g]) => {
    let parts: Value[] | undefined;
    return inputs.map((_, i) => () => {
      parts ??= splitLike(g!, inputs, attributes.axis);
      return reshapeLike(parts[i]!, inputs[i]!);
    });
  },
  Split: ({ inputs: [x], outputs, attributes }, g) => [
    () => {
      const parts = outputs.map((y, i) => g[i] ?? zerosLike(y));
      return reshapeLike(concat(parts, attributes.axis), x!);
    },
    null,
  ],
  Shape: none,

  // The intermediate values of a loop's iterations are not stored.
  Loop: () => {
    throw new Error('a Loop has no derivative: apply stopGradient to its outputs');
  },
};

function none({ inputs }: Node): Cotangent[] {
  return inputs.map(() => null);
}

function unary(rule: (g: Value, x: Value, y: Value) => Value): Rule {
  return ({ inputs: [x], outputs: [y] }, [g]) => [() => rule(g!, x!, y!)];
}

function binary(rule: (g: Value, a: Value, b: Value, y: Value) => readonly (() => Value)[]): Rule {
  return ({ inputs: [a, b], outputs: [y] }, [g]) => {
    const [ga, gb] = rule(g!, a!, b!, y!);
    return [() => unbroadcast(ga!(), a!), () => unbroadcast(gb!(), b!)];
  };
}

/** Sum a cotangent over the axes along which broadcasting copied `x`. */
function unbroadcast(g: Value, x: Value): Value {
  if (sameShape(g.shape, x.shape)) return g;
  const axes = broadcastAxes(g.shape, x.shape);
  return reshapeLike(axes.length === 0 ? g : reduceSum(g, axes), x);
}

const zerosLike = (x: Value): Value => {
  const zero = x.graph.scalar(0, x.dtype);
  return hasKnownLengths(x.shape) ? expand(zero, x.shape) : expandLike(zero, x);
};

const twice = (y: Value): Value => mul(y, y.graph.scalar(2, y.dtype));

/** Swap the last two axes. */
function transposed(x: Value): Value {
  const rank = x.shape.length;
  const perm = x.shape.map((_, axis) => axis);
  return transpose(x, [...perm.slice(0, -2), rank - 1, rank - 2]);
}

const isFloat = ({ dtype }: Value): boolean => /float/.test(dtype);

function scatterRows(table: Value, indices: Value, g: Value): Value {
  const n = product(indices.shape);
  const rows = reshape(g, [n, ...table.shape.slice(1)]);
  return scatterAdd(zerosLike(table), reshape(cast(indices, 'int64'), [n, 1]), rows);
}

function scatterColumns(x: Value, indices: Value, g: Value): Value {
  const n = product(indices.shape);
  const columns = reshape(g, [...x.shape.slice(0, -1), n]);
  return scatterElementsAdd(zerosLike(x), expandLike(reshape(indices, [n]), columns), columns);
}
