import type { Graph, Node, Value } from '../graph/builder.ts';
import type { OpName } from '../graph/operators.ts';
import type { DType } from '../graph/tensor.ts';
import type { Provider } from './provider.ts';

/** A node that a provider would leave to the CPU. */
export interface MissingKernel {
  readonly op: OpName;
  readonly dtype: DType;
  /** Of its first output. */
  readonly name: string;
}

/**
 * Nodes for which a provider has no kernel, apart from those that are not meant to have one (`hostNodes`).
 * @returns in the order of the graph
 */
export function missingKernels(graph: Graph, provider: Provider): MissingKernel[] {
  const onHost = hostNodes(graph);
  return graph.nodes.flatMap((node) => {
    const { op, outputs } = node;
    const inBody = node.op === 'Loop' ? missingKernels(node.attributes.body, provider) : [];
    if (onHost.has(node) || hasKernel(node, provider)) return inBody;
    return [{ op, dtype: dataOf(node).dtype, name: outputs[0]!.name }, ...inBody];
  });
}

/**
 * The nodes that run on the CPU by design, wherever the others do:
 *
 * - constants: what is computed from weights alone, once, when the graph is loaded;
 * - lengths: what is computed from shapes and constants alone, int64 [n];
 * - what enters: whole numbers that are fed from the host, cast or reshaped before anything else;
 * - what leaves: int64 that only the host reads.
 */
export function hostNodes(graph: Graph): Set<Node> {
  const [constants, lengths, entering] = [new Set<Node>(), new Set<Node>(), new Set<Node>()];
  const held = new Set(graph.initializers.map(({ value }) => value));
  const fed = new Set(graph.inputs);
  const isFrom = (nodes: Set<Node>, { producer }: Value) =>
    producer !== null && nodes.has(producer);
  const isConstant = (value: Value) => held.has(value) || isFrom(constants, value);
  const isLength = (value: Value) =>
    isFrom(lengths, value) || (isConstant(value) && value.dtype === 'int64');
  for (const node of graph.nodes) {
    const x = node.inputs[0]!;
    if (node.inputs.every(isConstant)) constants.add(node);
    else if (node.op === 'Shape' || node.inputs.every(isLength)) lengths.add(node);
    else if (CONVERTS.has(node.op) && isWhole(x) && (fed.has(x) || isFrom(entering, x)))
      entering.add(node);
  }
  return new Set([...constants, ...lengths, ...entering, ...leavingNodes(graph)]);
}

const CONVERTS: ReadonlySet<OpName> = new Set(['Cast', 'Reshape']);

function leavingNodes({ nodes, outputs }: Graph): Set<Node> {
  const leaving = new Set<Node>();
  const readers = new Map<Value, Node[]>();
  for (const node of nodes)
    for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);
  const fetched = new Set(outputs.values());
  const leaves = (value: Value): boolean => {
    const readBy = readers.get(value) ?? [];
    if (value.dtype !== 'int64' || (readBy.length === 0 && !fetched.has(value))) return false;
    return readBy.every((node) => leaving.has(node));
  };
  for (const node of nodes.toReversed()) if (node.outputs.every(leaves)) leaving.add(node);
  return leaving;
}

function hasKernel(node: Node, provider: Provider): boolean {
  const types = KERNELS[node.op][provider].split(' ');
  const used = node.op === 'Cast' ? [...node.inputs, ...node.outputs] : [dataOf(node)];
  return used.every(({ dtype }) => types.includes(CODE[dtype]));
}

/** What an operator's types are about; its first input, but for a condition. */
const dataOf = ({ op, inputs }: Node): Value => inputs[op === 'Where' ? 1 : 0]!;

const isWhole = ({ dtype }: Value): boolean => /int/.test(dtype);

const CODE: Readonly<Record<DType, string>> = {
  float64: 'f64',
  float32: 'f32',
  float16: 'f16',
  bfloat16: 'bf16',
  int64: 'i64',
  int32: 'i32',
  int8: 'i8',
  uint8: 'u8',
  bool: 'bool',
};

const ANY = 'f64 f32 f16 bf16 i64 i32 i8 u8 bool';
const NONE = '';

/**
 * Types for which a provider runs an operator itself, of the schema that opset 19 has. A kernel that is open-ended (13+)
 * serves only schemas last changed at its own number: CUDA's Equal (13+) does not serve the one of 19.
 *
 * Lengths and axes (second inputs of Reshape, Expand, Split, TopK, CumSum and the reductions; Loop's first two; what
 * Shape gives) lie on the CPU on every provider.
 *
 * Source: microsoft/onnxruntime, docs/OperatorKernels.md at 001d12d (CPU and CUDA) and the kernels under
 * core/providers/webgpu at 7b3827e, read in November 2026. WebGPU was compared with where onnxruntime-node 1.30.0 puts
 * each node (test/runtime/webgpu.test.ts); CUDA was not run.
 */
const KERNELS: Readonly<Record<OpName, Readonly<Record<Provider, string>>>> = {
  Add: kernel('f64 f32 i64 i32 i8 u8', 'f64 f32 f16 bf16 i64 i32 i8 u8', 'f32 f16 i32'),
  Cast: kernel(ANY, ANY, 'f32 f16 i32 bool'),
  Concat: kernel(ANY, ANY, 'f32 f16 i32'),
  CumSum: kernel('f64 f32 i64 i32', 'f64 f32 f16 i64 i32', 'f32 f16'),
  Div: kernel('f64 f32 i64 i32 i8 u8', 'f64 f32 f16 bf16 i64 i32 i8 u8', 'f32 f16 i32'),
  Equal: kernel('f64 f32 i64 i32 i8 u8 bool', NONE, 'f32 f16 i32'),
  Exp: kernel('f64 f32', 'f64 f32 f16 bf16', 'f32 f16'),
  Expand: kernel('f64 f32 f16 i64 i32 i8 u8 bool', ANY, 'f32 f16 i32 bool'),
  Gather: kernel(ANY, ANY, 'f32 f16 i32'),
  GatherElements: kernel(ANY, ANY, 'f32 f16'),
  Gemm: kernel('f64 f32', 'f64 f32 f16 bf16', 'f32 f16 i32'),
  Identity: kernel(ANY, ANY, 'f32 f16 i32'),
  Less: kernel('f64 f32 i64 i32 i8 u8', 'f64 f32 f16 i64 i32', 'f32 f16 i32'),
  LessOrEqual: kernel('f64 f32 i64 i32 i8 u8', 'f64 f32 f16 i64 i32', 'f32 f16 i32'),
  Log: kernel('f64 f32', 'f64 f32 f16', 'f32 f16'),
  Loop: kernel(ANY, ANY, NONE),
  MatMul: kernel('f64 f32 i64 i32', 'f64 f32 f16 bf16', 'f32 f16'),
  Mul: kernel('f64 f32 i64 i32 i8 u8', 'f64 f32 f16 bf16 i64 i32 i8 u8', 'f32 f16 i32'),
  Neg: kernel('f64 f32 i64 i32 i8', 'f64 f32 f16 bf16 i64 i32 i8', 'f32 f16'),
  Reciprocal: kernel('f64 f32', 'f64 f32 f16', 'f32 f16'),
  ReduceMax: kernel('f64 f32 i64 i32 i8 u8', 'f64 f32 f16 i64 i32', 'f32 f16 i32'),
  ReduceMean: kernel('f64 f32 i64 i32', 'f64 f32 f16 i32', 'f32 f16 i32'),
  ReduceSum: kernel('f64 f32 i64 i32', 'f64 f32 f16 bf16 i64 i32', 'f32 f16 i32'),
  Reshape: kernel(ANY, ANY, 'f32 f16 i32 bool'),
  ScatterElements: kernel(ANY, ANY, 'f32 f16 i32'),
  ScatterND: kernel(ANY, ANY, 'f32 f16 i32'),
  Shape: kernel(ANY, ANY, 'f32 f16 i32'),
  Softmax: kernel('f64 f32', 'f64 f32 f16 bf16', 'f32 f16'),
  Split: kernel(ANY, ANY, 'f32 f16 i32'),
  Sqrt: kernel('f64 f32', 'f64 f32 f16 bf16', 'f32 f16'),
  Sub: kernel('f64 f32 i64 i32 i8 u8', 'f64 f32 f16 bf16 i64 i32 i8 u8', 'f32 f16 i32'),
  Tanh: kernel('f64 f32', 'f64 f32 f16 bf16', 'f32 f16'),
  TopK: kernel('f64 f32 i64 i32', 'f64 f32 f16 i64 i32', 'f32 f16'),
  Transpose: kernel(ANY, ANY, 'f32 f16 i32'),
  Where: kernel('f64 f32 i64 i32 u8', 'f64 f32 f16 bf16 i64 i32 u8', 'f32 f16 i32 bool'),
};

function kernel(cpu: string, cuda: string, webgpu: string): Readonly<Record<Provider, string>> {
  return { cpu, cuda, webgpu };
}
