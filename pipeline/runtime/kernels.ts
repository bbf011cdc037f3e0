import type { Graph, Node, Value } from '../graph/builder.ts';
import type { OpName } from '../graph/operators.ts';
import type { DType } from '../graph/tensor.ts';
import type { Provider } from './provider.ts';

/** A node for which a provider has no kernel, so that it would run on the CPU. */
export interface MissingKernel {
  readonly op: OpName;
  readonly dtype: DType;
  /** Name of the node's first output. */
  readonly name: string;
}

/**
 * Nodes for which a provider has no kernel, except those that are meant to run on the CPU (`hostNodes`).
 * @returns in the order of the graph
 */
export function missingKernels(graph: Graph, provider: Provider): MissingKernel[] {
  const onHost = hostNodes(graph);
  return graph.nodes.flatMap((node) => {
    const { op, outputs } = node;
    const inBody = node.op === 'Loop' ? missingKernels(node.attributes.body, provider) : [];
    if (onHost.has(node) || hasKernel(node, provider)) return inBody;
    return [{ op, dtype: dataInput(node).dtype, name: outputs[0]!.name }, ...inBody];
  });
}

/**
 * The nodes that run on the CPU with every provider:
 *
 * - constants: nodes that depend on weights only, and run once, when the graph is loaded;
 * - lengths: nodes that depend on shapes and constants only, int64 [n];
 * - conversions of integer inputs: Cast and Reshape nodes that prepare them for the device;
 * - integer outputs: nodes whose int64 results only the host reads.
 */
export function hostNodes(graph: Graph): Set<Node> {
  const [constants, lengths, conversions] = [new Set<Node>(), new Set<Node>(), new Set<Node>()];
  const initializers = new Set(graph.initializers.map(({ value }) => value));
  const inputs = new Set(graph.inputs);
  const isFrom = (nodes: Set<Node>, { producer }: Value) =>
    producer !== null && nodes.has(producer);
  const isConstant = (value: Value) => initializers.has(value) || isFrom(constants, value);
  const isLength = (value: Value) =>
    isFrom(lengths, value) || (isConstant(value) && value.dtype === 'int64');
  for (const node of graph.nodes) {
    const x = node.inputs[0]!;
    if (node.inputs.every(isConstant)) constants.add(node);
    else if (node.op === 'Shape' || node.inputs.every(isLength)) lengths.add(node);
    else if (CONVERSIONS.has(node.op) && isInteger(x) && (inputs.has(x) || isFrom(conversions, x)))
      conversions.add(node);
  }
  return new Set([...constants, ...lengths, ...conversions, ...integerOutputNodes(graph)]);
}

const CONVERSIONS: ReadonlySet<OpName> = new Set(['Cast', 'Reshape']);

/** Nodes whose results are int64 and are read by the host or by other such nodes only. */
function integerOutputNodes({ nodes, outputs }: Graph): Set<Node> {
  const found = new Set<Node>();
  const readers = new Map<Value, Node[]>();
  for (const node of nodes)
    for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);
  const graphOutputs = new Set(outputs.values());
  const onlyHostReads = (value: Value): boolean => {
    const readBy = readers.get(value) ?? [];
    if (value.dtype !== 'int64' || (readBy.length === 0 && !graphOutputs.has(value))) return false;
    return readBy.every((node) => found.has(node));
  };
  for (const node of nodes.toReversed()) if (node.outputs.every(onlyHostReads)) found.add(node);
  return found;
}

function hasKernel(node: Node, provider: Provider): boolean {
  const types = KERNELS[node.op][provider].split(' ');
  const typed = node.op === 'Cast' ? [...node.inputs, ...node.outputs] : [dataInput(node)];
  return typed.every(({ dtype }) => types.includes(CODE[dtype]));
}

/** The input whose type selects a node's kernel: the first one, but for Where the first after the condition. */
const dataInput = ({ op, inputs }: Node): Value => inputs[op === 'Where' ? 1 : 0]!;

const isInteger = ({ dtype }: Value): boolean => /int/.test(dtype);

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
 * Types for which a provider has a kernel of each operator, for the operator's schema in opset 19. An open-ended kernel
 * (13+) matches only schemas whose last change has the same number: CUDA's Equal (13+) does not match that of opset 19.
 *
 * Lengths and axes (second inputs of Reshape, Expand, Split, TopK, CumSum and the reductions; Loop's first two inputs;
 * the output of Shape) are in CPU memory on every provider.
 *
 * Source: microsoft/onnxruntime, docs/OperatorKernels.md at 001d12d (CPU and CUDA) and the kernels in
 * core/providers/webgpu at 7b3827e, read in November 2026. For WebGPU the table agrees with the node placement by
 * onnxruntime-node 1.30.0 (test/runtime/webgpu.slow.test.ts); for CUDA this was not tested.
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
  MatMulNBits: kernel('f32', NONE, NONE),
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
