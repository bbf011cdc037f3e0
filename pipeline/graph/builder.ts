import type { ExternalTensor } from './external-tensor.ts';
import type { OpAttributes, OpName } from './operators.ts';
import type { DType, Tensor, TensorData } from './tensor.ts';

/** An axis length: a known number, or a symbol ('B', 'T') that gets its value from the feeds at run time. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** One edge of the graph: an ONNX value with its inferred shape. */
export interface Value {
  readonly graph: Graph;
  name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  /** The node that computes it; null for inputs and initializers. */
  readonly producer: Node | null;
}

/** One application of an operator: its inputs and attributes. */
export type Operation<Op extends OpName = OpName> = {
  [Name in Op]: {
    readonly op: Name;
    readonly inputs: readonly Value[];
    readonly attributes: OpAttributes<Graph>[Name];
  };
}[Op];

export type Node<Op extends OpName = OpName> = Operation<Op> & {
  readonly outputs: readonly Value[];
};

export interface ValueType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** One value for each element of T: a tuple for a tuple, an array for an array. */
export type Values<T extends readonly unknown[]> = { -readonly [K in keyof T]: Value };

/** A tensor that is part of the graph: its bytes are stored inline, or are a range of a file on disk. */
export type Initializer = { readonly value: Value } & (
  | { readonly tensor: Tensor }
  | { readonly external: ExternalTensor }
);

/** The range of an input's whole numbers, which choose rows of a table. Providers disagree on what lies outside. */
export interface IndexLimit {
  readonly input: Value;
  /** The numbers are 0 or more, and less than this. */
  readonly end: number;
  /** What one of the numbers is called, and what to do about one outside. */
  readonly noun: string;
  readonly remedy: string;
}

/**
 * An ONNX graph under construction. Values are created in topological order, so `nodes` is in topological order.
 * encode.ts encodes a graph as ONNX; vjp.ts differentiates it.
 *
 * A body (of a Loop) is a graph inside an outer graph. Its nodes may read every value of the outer graphs. Values that
 * do not depend on the body's inputs belong to the outermost graph: weights, large constants, and values computed from
 * these alone.
 */
export class Graph {
  readonly nodes: Node[] = [];
  readonly inputs: Value[] = [];
  readonly initializers: Initializer[] = [];
  readonly outputs = new Map<string, Value>();
  readonly indexLimits: IndexLimit[] = [];
  /** Index in `nodes` of the first node of the backward pass; null while there is none. */
  backwardFrom: number | null = null;
  readonly #names = new Set<string>();
  readonly #hooks = new Map<string, Value>();
  readonly #constants = new Map<string, Value>();
  readonly #axisLengths = new Map<string, Value>();
  /** The graph with the node whose body this graph is; null for an outermost graph. */
  readonly #outer: Graph | null;
  /** Starts every name of a body, because ONNX names in a body must differ from those of the outer graphs. */
  readonly #prefix: string;
  /** Number of outer graphs. */
  readonly depth: number;

  constructor(outer: Graph | null = null) {
    this.#outer = outer;
    this.#prefix = outer ? `${outer.#unusedName('body')}/` : '';
    this.depth = outer ? outer.depth + 1 : 0;
  }

  /** Add a named input. Later shapes may use the symbols of its shape. */
  input(name: string, dtype: DType, shape: Shape): Value {
    const value = this.#value(this.#claim(name), { dtype, shape }, null);
    this.inputs.push(value);
    return value;
  }

  /** Limit the numbers of an input, as it is or cast. Indices that the graph computes itself have no limit. */
  limitIndices(indices: Value, limit: Omit<IndexLimit, 'input'>): void {
    const { producer } = indices;
    if (producer?.op === 'Cast') this.limitIndices(producer.inputs[0]!, limit);
    const isLimited = this.indexLimits.some(
      ({ input, end }) => input === indices && end <= limit.end,
    );
    if (this.inputs.includes(indices) && !isLimited)
      this.indexLimits.push({ input: indices, ...limit });
  }

  /** Add a weight that stays in its file: the runtime maps its bytes. */
  external(name: string, external: ExternalTensor): Value {
    if (this.#outer) return this.#outer.external(name, external);
    const { dtype, dims: shape } = external;
    const value = this.#value(this.#claim(name), { dtype, shape }, null);
    this.initializers.push({ value, external });
    return value;
  }

  /** Add a tensor whose bytes are stored in the ONNX model. Equal tensors of up to 16 elements share one constant. */
  constant(tensor: Tensor): Value {
    const key =
      tensor.data.length <= 16 ? `${tensor.dtype}[${tensor.dims}]${tensor.data.join()}` : undefined;
    if (key === undefined && this.#outer) return this.#outer.constant(tensor);
    const existing = key === undefined ? undefined : this.#constants.get(key);
    if (existing) return existing;
    const value = this.#value(this.#unusedName('const'), { ...tensor, shape: tensor.dims }, null);
    this.initializers.push({ value, tensor });
    if (key !== undefined) this.#constants.set(key, value);
    return value;
  }

  scalar(x: number, dtype: DType): Value {
    return this.constant({ dtype, dims: [], data: typedArray(dtype, [x]) });
  }

  /** An int64 constant [xs.length]. */
  ints(xs: readonly number[]): Value {
    return this.constant({ dtype: 'int64', dims: [xs.length], data: typedArray('int64', xs) });
  }

  /** Add a node. @returns its outputs, one for each of `types` */
  node<const T extends readonly ValueType[]>(operation: Operation, types: T): Values<T> {
    for (const input of operation.inputs) this.#checkScope(input);
    const outputs: Value[] = [];
    const node: Node = { ...operation, outputs };
    outputs.push(...types.map((type) => this.#value(this.#unusedName(node.op), type, node)));
    this.nodes.push(node);
    return outputs as Values<T>;
  }

  /** Give a computed value the name of a hook point. @throws where the value is an input or an initializer */
  rename(value: Value, name: string): Value {
    if (!value.producer)
      throw new Error(`cannot rename ${value.name} to ${name}: no node of the graph computes it`);
    value.name = this.#claim(name);
    this.#hooks.set(name, value);
    return value;
  }

  /** The value of a hook point. @throws `missing hook: …` where no value was given this name */
  find(name: string): Value {
    const value = this.#hooks.get(name);
    if (!value) throw new Error(`missing hook: ${name} (the graph has ${this.#describeHooks()})`);
    return value;
  }

  /** The first and last hook names show the spelling and the number of layers. */
  #describeHooks(): string {
    const names = [...this.#hooks.keys()];
    return names.length <= 3
      ? names.join()
      : `${names.length}, from ${names[0]} to ${names.at(-1)}`;
  }

  /** Make a value an output of the graph. @throws where the output exists, or the value belongs to another graph */
  output(name: string, value: Value): void {
    this.#checkScope(value);
    if (this.outputs.has(name)) throw new Error(`output ${name} is defined twice`);
    if (value.name !== name) this.#claim(name);
    this.outputs.set(name, value);
  }

  /** Add the next output of a body. ONNX identifies outputs of a body by their order, not by name. */
  bodyOutput(value: Value): void {
    this.#checkScope(value);
    const canKeepName = value.graph === this && value.producer && !this.outputs.has(value.name);
    this.outputs.set(canKeepName ? value.name : this.#unusedName('result'), value);
  }

  /** Whether an input of this graph, or of an outer graph, has a symbolic axis. */
  hasAxis(symbol: string): boolean {
    return this.#inputWithAxis(symbol) !== undefined || (this.#outer?.hasAxis(symbol) ?? false);
  }

  /**
   * The length of a symbolic axis, as an int64 tensor [1], read from an input that has the axis.
   * @throws `no input has the axis Q: …`
   */
  dim(symbol: string): Value {
    const existing = this.#axisLengths.get(symbol);
    if (existing) return existing;
    const source = this.#inputWithAxis(symbol);
    if (!source && this.#outer) return this.#outer.dim(symbol);
    if (!source) throw new Error(`no input has the axis ${symbol}: declare one before using it`);
    const start = source.shape.indexOf(symbol);
    const [length] = this.node(
      { op: 'Shape', inputs: [source], attributes: { start, end: start + 1 } },
      [{ dtype: 'int64', shape: [1] }],
    );
    this.#axisLengths.set(symbol, length);
    return length;
  }

  #value(name: string, type: ValueType, producer: Node | null): Value {
    return { graph: this, name, dtype: type.dtype, shape: type.shape, producer };
  }

  #inputWithAxis(symbol: string): Value | undefined {
    return this.inputs.find((input) => input.shape.includes(symbol));
  }

  #checkScope({ name, graph }: Value): void {
    for (let scope: Graph | null = this; scope; scope = scope.#outer) if (scope === graph) return;
    throw new Error(
      `${name} belongs to another graph: use values of this graph or of an outer graph`,
    );
  }

  /** Reserve a name. @throws where it is taken */
  #claim(name: string): string {
    if (this.#names.has(name)) throw new Error(`the graph already has a value named ${name}`);
    this.#names.add(name);
    return this.#prefix + name;
  }

  // '#' cannot occur in the name of a hook or weight, so generated names never clash with these.
  #unusedName(op: string): string {
    return this.#claim(`${op}#${this.#names.size}`);
  }
}

/** The graph that a node with these inputs belongs to: the innermost of their graphs, which can read all of them. */
export const innermostGraph = (values: readonly Value[]): Graph =>
  values.reduce(
    (graph, value) => (value.graph.depth > graph.depth ? value.graph : graph),
    values[0]!.graph,
  );

/** @throws for float16, bfloat16 and int8 */
export function typedArray(dtype: DType, xs: readonly number[]): TensorData {
  switch (dtype) {
    case 'float64':
      return Float64Array.from(xs);
    case 'float32':
      return Float32Array.from(xs);
    case 'int64':
      return BigInt64Array.from(xs, (x) => BigInt(x));
    case 'int32':
      return Int32Array.from(xs);
    case 'bool':
    case 'uint8':
      return Uint8Array.from(xs);
    default:
      throw new Error(`no constants of type ${dtype}: cast a float32 constant`);
  }
}
