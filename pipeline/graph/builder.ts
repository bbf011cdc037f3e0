import type { ExternalTensor } from './external-tensor.ts';
import type { OpAttributes, OpName } from './operators.ts';
import type { DType, Tensor, TensorData } from './tensor.ts';

/** An axis length: known, or a symbol ('B', 'T') that the feeds bind when the graph runs. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** One edge of the graph: what an ONNX value is, plus the shape that it will have. */
export interface Value {
  readonly graph: Graph;
  name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  /** The node that computes it; null for inputs and initializers. */
  readonly producer: Node | null;
}

/** One use of an operator: what it is applied to, with that operator's attributes. */
export type Operation<Op extends OpName = OpName> = {
  [Each in Op]: {
    readonly op: Each;
    readonly inputs: readonly Value[];
    readonly attributes: OpAttributes<Graph>[Each];
  };
}[Op];

export type Node<Op extends OpName = OpName> = Operation<Op> & {
  readonly outputs: readonly Value[];
};

export interface ValueType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A tensor that the graph holds: its bytes inline, or a range of a file on disk. */
export type Initializer = { readonly value: Value } & (
  | { readonly tensor: Tensor }
  | { readonly external: ExternalTensor }
);

/**
 * An ONNX graph under construction. Values are created in topological order, so `nodes` is one too.
 * The ONNX encoding is in encode.ts, derivatives in vjp.ts.
 *
 * A body is a graph inside another: its nodes may read every value of the graphs around it. What it is made of and
 * does not depend on its own inputs stays outside: weights, large constants, and what is computed from them alone.
 */
export class Graph {
  readonly nodes: Node[] = [];
  readonly inputs: Value[] = [];
  readonly initializers: Initializer[] = [];
  readonly outputs = new Map<string, Value>();
  /** Where the nodes of derivatives begin; null while there are none. */
  backwardFrom: number | null = null;
  readonly #names = new Set<string>();
  readonly #named = new Map<string, Value>();
  readonly #constants = new Map<string, Value>();
  readonly #dims = new Map<string, Value>();
  /** The graph that this one is the body of a node in. */
  readonly #outer: Graph | null;
  /** Names of a body must differ from those around it. */
  readonly #prefix: string;
  readonly depth: number;

  constructor(outer: Graph | null = null) {
    this.#outer = outer;
    this.#prefix = outer ? `${outer.#fresh('body')}/` : '';
    this.depth = outer ? outer.depth + 1 : 0;
  }

  /** A named input; symbols of its shape become known to the graph. */
  input(name: string, dtype: DType, shape: Shape): Value {
    const value = this.#value(this.#claim(name), { dtype, shape }, null);
    this.inputs.push(value);
    return value;
  }

  /** Weights that stay where they are: the runtime maps the bytes of the file itself. */
  external(name: string, external: ExternalTensor): Value {
    if (this.#outer) return this.#outer.external(name, external);
    const { dtype, dims: shape } = external;
    const value = this.#value(this.#claim(name), { dtype, shape }, null);
    this.initializers.push({ value, external });
    return value;
  }

  /** A tensor kept inside the model; equal small tensors are one constant. */
  constant(tensor: Tensor): Value {
    const key =
      tensor.data.length <= 16 ? `${tensor.dtype}[${tensor.dims}]${tensor.data.join()}` : undefined;
    if (key === undefined && this.#outer) return this.#outer.constant(tensor);
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known) return known;
    const value = this.#value(this.#fresh('const'), { ...tensor, shape: tensor.dims }, null);
    this.initializers.push({ value, tensor });
    if (key !== undefined) this.#constants.set(key, value);
    return value;
  }

  scalar(x: number, dtype: DType): Value {
    return this.constant({ dtype, dims: [], data: dataOf(dtype, [x]) });
  }

  ints(xs: readonly number[]): Value {
    return this.constant({ dtype: 'int64', dims: [xs.length], data: dataOf('int64', xs) });
  }

  /** Add a node. @returns its outputs, one of each type */
  node(operation: Operation, types: readonly ValueType[]): Value[] {
    for (const input of operation.inputs) this.#checkScope(input);
    const outputs: Value[] = [];
    const node: Node = { ...operation, outputs };
    outputs.push(...types.map((type) => this.#value(this.#fresh(node.op), type, node)));
    this.nodes.push(node);
    return outputs;
  }

  /** Give a computed value its public name (a hook point). */
  rename(value: Value, name: string): Value {
    if (!value.producer)
      throw new Error(`cannot rename ${value.name} to ${name}: not computed here`);
    value.name = this.#claim(name);
    this.#named.set(name, value);
    return value;
  }

  /** The value that was given a name. @throws where there is none */
  find(name: string): Value {
    const value = this.#named.get(name);
    if (!value) throw new Error(`missing hook: ${name} (the graph has ${this.#describeNames()})`);
    return value;
  }

  /** A few of the names given: they show how hooks are spelt, and how many layers there are. */
  #describeNames(): string {
    const names = [...this.#named.keys()];
    return names.length <= 3
      ? names.join()
      : `${names.length}, from ${names[0]} to ${names.at(-1)}`;
  }

  output(name: string, value: Value): void {
    this.#checkScope(value);
    if (this.outputs.has(name)) throw new Error(`output ${name} is defined twice`);
    if (value.name !== name) this.#claim(name);
    this.outputs.set(name, value);
  }

  /** The next output of a body, where outputs go by their order and not by a name. */
  result(value: Value): void {
    this.#checkScope(value);
    const own = value.graph === this && value.producer && !this.outputs.has(value.name);
    this.outputs.set(own ? value.name : this.#fresh('result'), value);
  }

  /** Whether an input of this graph, or of one around it, has a symbolic axis. */
  hasAxis(symbol: string): boolean {
    return this.#inputWith(symbol) !== undefined || (this.#outer?.hasAxis(symbol) ?? false);
  }

  /** The length of a symbolic axis, as an int64 tensor [1], read from an input that has it. */
  dim(symbol: string): Value {
    const known = this.#dims.get(symbol);
    if (known) return known;
    const source = this.#inputWith(symbol);
    if (!source && this.#outer) return this.#outer.dim(symbol);
    if (!source) throw new Error(`no input has the axis ${symbol}: declare one before using it`);
    const start = source.shape.indexOf(symbol);
    const [length] = this.node(
      { op: 'Shape', inputs: [source], attributes: { start, end: start + 1 } },
      [{ dtype: 'int64', shape: [1] }],
    );
    this.#dims.set(symbol, length!);
    return length!;
  }

  #value(name: string, type: ValueType, producer: Node | null): Value {
    return { graph: this, name, dtype: type.dtype, shape: type.shape, producer };
  }

  #inputWith(symbol: string): Value | undefined {
    return this.inputs.find((input) => input.shape.includes(symbol));
  }

  #checkScope({ name, graph }: Value): void {
    for (let at: Graph | null = this; at; at = at.#outer) if (at === graph) return;
    throw new Error(`${name} is of another graph: use values of this one, or of one around it`);
  }

  #claim(name: string): string {
    if (this.#names.has(name)) throw new Error(`the graph already has a value named ${name}`);
    this.#names.add(name);
    return this.#prefix + name;
  }

  // '#' cannot occur in a hook or weight name, so generated names never clash with given ones.
  #fresh(op: string): string {
    return this.#claim(`${op}#${this.#names.size}`);
  }
}

/** Where a node with these inputs belongs: the innermost of their graphs, which sees all of them. */
export const innermost = (values: readonly Value[]): Graph =>
  values.reduce(
    (graph, value) => (value.graph.depth > graph.depth ? value.graph : graph),
    values[0]!.graph,
  );

export function dataOf(dtype: DType, xs: readonly number[]): TensorData {
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
      throw new Error(`no constants of type ${dtype}: cast one from float32`);
  }
}
