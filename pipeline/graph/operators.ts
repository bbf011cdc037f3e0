/**
 * Every ONNX operator that graphs use, with its attributes. An operator added here needs a rule in vjp-rules.ts: the
 * types demand it.
 *
 * Source: onnx/onnx, docs/Operators.md, opset 19.
 *
 * @typeParam Body a graph inside a node
 */
export interface OpAttributes<Body> {
  readonly Add: None;
  /** `to`: ONNX's number for the element type. */
  readonly Cast: { readonly to: number };
  readonly Concat: { readonly axis: number };
  readonly CumSum: { readonly exclusive: Flag; readonly reverse: Flag };
  readonly Div: None;
  readonly Equal: None;
  readonly Exp: None;
  readonly Expand: None;
  readonly Gather: { readonly axis: number };
  readonly GatherElements: { readonly axis: number };
  readonly Gemm: { readonly transA: Flag; readonly transB: Flag };
  readonly Identity: None;
  readonly Less: None;
  readonly LessOrEqual: None;
  readonly Log: None;
  readonly Loop: { readonly body: Body };
  readonly MatMul: None;
  /** Of onnxruntime (`RUNTIME_OPS`): `K` columns and `N` rows of the matrix, in blocks of `block_size` numbers of `bits` bits. */
  readonly MatMulNBits: {
    readonly K: number;
    readonly N: number;
    readonly bits: number;
    readonly block_size: number;
    readonly accuracy_level: number;
  };
  readonly Mul: None;
  readonly Neg: None;
  readonly Reciprocal: None;
  readonly ReduceMax: { readonly keepdims: Flag };
  readonly ReduceMean: { readonly keepdims: Flag };
  readonly ReduceSum: { readonly keepdims: Flag };
  readonly Reshape: None;
  readonly ScatterElements: { readonly axis: number; readonly reduction: 'add' };
  readonly ScatterND: { readonly reduction: 'add' };
  /** The lengths of axes [start, end). */
  readonly Shape: { readonly start: number; readonly end: number };
  readonly Softmax: { readonly axis: number };
  readonly Split: { readonly axis: number };
  readonly Sqrt: None;
  readonly Sub: None;
  readonly Tanh: None;
  readonly TopK: { readonly axis: number; readonly largest: Flag; readonly sorted: Flag };
  readonly Transpose: { readonly perm: readonly number[] };
  readonly Where: None;
}

export type OpName = keyof OpAttributes<unknown>;

/**
 * Operators that are onnxruntime's own, and not ONNX's.
 * Source: microsoft/onnxruntime, docs/ContribOperators.md.
 */
export const RUNTIME_OPS: ReadonlySet<OpName> = new Set(['MatMulNBits']);

/** Operators without attributes. */
export type PlainOp = {
  [Op in OpName]: OpAttributes<unknown>[Op] extends None ? Op : never;
}[OpName];

/** A boolean attribute in ONNX. */
export type Flag = 0 | 1;

type None = Readonly<Record<string, never>>;
