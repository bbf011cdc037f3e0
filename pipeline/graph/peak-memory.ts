import type { Dim, Graph, Node, Shape, Value } from './builder.ts';
import type { Sizes } from './graph-use.ts';
import { neededOf } from './needed.ts';
import type { OpName } from './operators.ts';
import { BYTES } from './tensor.ts';

export interface PeakMemory {
  /** Bytes of the weights in the type that the graph computes in, including constants. */
  readonly weights: number;
  /** The values other than weights that are live when memory use peaks, with their bytes. */
  readonly live: readonly LiveValue[];
}

interface LiveValue {
  readonly value: Value;
  readonly bytes: number;
}

/**
 * The memory that a graph needs to run, computed from its shapes. Nodes run in their order; a value is freed after its
 * last use.
 *
 * 1. Values that depend on weights only are computed when the graph is loaded, and count as weights.
 * 2. Inputs belong to the caller and are live throughout. Outputs are live from when they are computed.
 * 3. A reshaped value shares the memory of the original. Every other value has its own memory, although the runtime may
 *    compute an elementwise operator in place, where it can tell that both values have one size.
 *
 * @param sizes lengths of the graph's symbolic axes
 * @throws `no size for axis T: …`
 */
export function peakMemory(graph: Graph, sizes: Sizes): PeakMemory {
  const bytesOf = ({ shape, dtype }: Value) => elements(shape, sizes) * BYTES[dtype];
  const constants = constantValues(graph);
  const nodes = neededOf(graph).nodes.filter(
    (node) => !node.outputs.every((y) => constants.has(y)),
  );
  const weights = new Set(nodes.flatMap(({ inputs }) => inputs.filter((x) => constants.has(x))));
  const buffers = new Buffers(nodes);
  for (const value of [...graph.inputs, ...graph.outputs.values()]) buffers.keepAlive(value);
  const live = new Map(graph.inputs.map((input) => [input, bytesOf(input)]));
  let peak = { bytes: total(live.values()), live: new Map(live) };
  nodes.forEach((node, i) => {
    for (const output of node.outputs)
      if (!buffers.isAlias(output)) live.set(output, bytesOf(output));
    const liveInBody = peakOfBody(node, sizes);
    const bytes = total(live.values()) + total(liveInBody.values());
    if (bytes > peak.bytes) peak = { bytes, live: new Map([...live, ...liveInBody]) };
    for (const buffer of buffers.lastUsedBy(node, i)) live.delete(buffer);
  });
  return {
    weights: total([...weights].map(bytesOf)),
    live: [...peak.live].map(([value, bytes]) => ({ value, bytes })),
  };
}

/** The values of a Loop's body that are live at its peak, in addition to those of the outer graph. */
function peakOfBody(node: Node, sizes: Sizes): Map<Value, number> {
  if (node.op !== 'Loop') return new Map();
  const { live } = peakMemory(node.attributes.body, sizes);
  return new Map(live.map(({ value, bytes }) => [value, bytes]));
}

const total = (bytes: Iterable<number>): number => [...bytes].reduce((a, b) => a + b, 0);

/** Number of elements of a shape. Derived symbols (`B*T`, `S+T`) are evaluated from the sizes of their parts. */
export const elements = (shape: Shape, sizes: Sizes): number =>
  shape.reduce<number>((product, dim) => product * lengthOf(dim, sizes), 1);

function lengthOf(dim: Dim, sizes: Sizes): number {
  if (typeof dim === 'number') return dim;
  const factor = (text: string): number => {
    const symbol = text.replace(/~$/, ''); // marks an axis that a Loop changed
    const length = /^\d+$/.test(symbol) ? Number(symbol) : sizes[symbol];
    if (length === undefined)
      throw new Error(`no size for axis ${symbol}: give one (sizes: ${Object.keys(sizes).join()})`);
    return length;
  };
  const term = (text: string) =>
    text.split('*').reduce((product, part) => product * factor(part), 1);
  return dim.split('+').reduce((sum, part) => sum + term(part), 0);
}

/** Initializers, and values computed from initializers only. */
function constantValues({ nodes, initializers }: Graph): Set<Value> {
  const constants = new Set(initializers.map(({ value }) => value));
  for (const { op, inputs, outputs } of nodes)
    if (op !== 'Shape' && inputs.length > 0 && inputs.every((input) => constants.has(input)))
      for (const output of outputs) constants.add(output);
  return constants;
}

const ALIASES: ReadonlySet<OpName> = new Set<OpName>(['Reshape', 'Identity']);

/** Which values share memory (a buffer), and which node uses each buffer last. */
class Buffers {
  /** From the output of a reshape to its input, which has the same memory. */
  readonly #aliasOf = new Map<Value, Value>();
  /** Index of the last node that uses each buffer; a buffer is named by the value that it was allocated for. */
  readonly #lastUse = new Map<Value, number>();

  constructor(nodes: readonly Node[]) {
    for (const { op, inputs, outputs } of nodes)
      if (ALIASES.has(op)) this.#aliasOf.set(outputs[0]!, inputs[0]!);
    nodes.forEach(({ inputs, outputs }, i) => {
      for (const value of [...inputs, ...outputs]) this.#lastUse.set(this.#bufferOf(value), i);
    });
  }

  /** The value that a value's memory was allocated for. */
  #bufferOf(value: Value): Value {
    let buffer = value;
    for (let source = this.#aliasOf.get(buffer); source; source = this.#aliasOf.get(buffer))
      buffer = source;
    return buffer;
  }

  /** Never free the memory of a value. */
  keepAlive(value: Value): void {
    this.#lastUse.set(this.#bufferOf(value), Number.POSITIVE_INFINITY);
  }

  /** Whether a value shares the memory of another value. */
  isAlias(value: Value): boolean {
    return this.#aliasOf.has(value);
  }

  /** The buffers that node i of the graph is the last to use. */
  lastUsedBy({ inputs, outputs }: Node, i: number): Set<Value> {
    const buffers = [...inputs, ...outputs].map((value) => this.#bufferOf(value));
    return new Set(buffers.filter((buffer) => this.#lastUse.get(buffer) === i));
  }
}
