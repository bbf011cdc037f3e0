import type { Dim, Graph, Node, Shape, Value } from './builder.ts';
import type { Sizes } from './graph-use.ts';
import type { OpName } from './operators.ts';
import { BYTES } from './tensor.ts';

export interface PeakMemory {
  /** Bytes of the weights in the type that the graph computes in, tables of constants included. */
  readonly weights: number;
  /** Values, other than weights, that are held at once when most bytes are, with their bytes. */
  readonly held: readonly { readonly value: Value; readonly bytes: number }[];
}

/**
 * What a graph needs to run, from its shapes alone. Nodes run in their order; a value is freed after its last use.
 *
 * 1. What depends on weights only is computed when the graph is loaded, and is a weight itself.
 * 2. Inputs belong to the caller, and outputs are returned: both are held all the time, or from when they are made on.
 * 3. A reshaped value is the same memory. Every other result has memory of its own, although the runtime may put an
 *    elementwise one in the place of an argument, where it can tell that both are of one size.
 *
 * @throws `no size for axis T: …`
 */
export function peakMemory(graph: Graph, sizes: Sizes): PeakMemory {
  const bytesOf = ({ shape, dtype }: Value) => elements(shape, sizes) * BYTES[dtype];
  const fixed = fixedValues(graph);
  const nodes = neededNodes(graph).filter(({ outputs }) => !fixed.has(outputs[0]!));
  const used = new Set(nodes.flatMap(({ inputs }) => inputs.filter((input) => fixed.has(input))));
  const buffers = new Buffers(nodes);
  for (const value of [...graph.inputs, ...graph.outputs.values()]) buffers.keep(value);
  const live = new Map(graph.inputs.map((input) => [input, bytesOf(input)]));
  let now = total(live.values());
  let peak = { bytes: now, held: new Map(live) };
  nodes.forEach((node, i) => {
    for (const output of node.outputs) {
      if (buffers.isAlias(output)) continue;
      live.set(output, bytesOf(output));
      now += live.get(output)!;
    }
    const body = bodyHeld(node, sizes);
    const within = now + total(body.values());
    if (within > peak.bytes) peak = { bytes: within, held: new Map([...live, ...body]) };
    for (const buffer of buffers.endingAt(node, i)) {
      now -= live.get(buffer) ?? 0;
      live.delete(buffer);
    }
  });
  return {
    weights: total([...used].map(bytesOf)),
    held: [...peak.held].map(([value, bytes]) => ({ value, bytes })),
  };
}

/** What a Loop's body holds at its peak: what it is given, and what it makes of that, in addition to what is outside. */
function bodyHeld(node: Node, sizes: Sizes): Map<Value, number> {
  if (node.op !== 'Loop') return new Map();
  const { held } = peakMemory(node.attributes.body, sizes);
  return new Map(held.map(({ value, bytes }) => [value, bytes]));
}

const total = (bytes: Iterable<number>): number => [...bytes].reduce((a, b) => a + b, 0);

/** Number of elements of a shape, its symbols replaced: `B*T` and `S+T` are read as they are spelt. */
export const elements = (shape: Shape, sizes: Sizes): number =>
  shape.reduce<number>((product, dim) => product * lengthOf(dim, sizes), 1);

function lengthOf(dim: Dim, sizes: Sizes): number {
  if (typeof dim === 'number') return dim;
  const factor = (spelt: string): number => {
    const text = spelt.replace(/~$/, ''); // an axis after a Loop that changes it
    const length = /^\d+$/.test(text) ? Number(text) : sizes[text];
    if (length === undefined)
      throw new Error(`no size for axis ${text}: give one (sizes: ${Object.keys(sizes).join()})`);
    return length;
  };
  const term = (text: string) =>
    text.split('*').reduce((product, part) => product * factor(part), 1);
  return dim.split('+').reduce((sum, part) => sum + term(part), 0);
}

/** Nodes that an output depends on, in their order: the runtime leaves out the others. */
function neededNodes({ nodes, outputs }: Graph): Node[] {
  const needed = new Set(outputs.values());
  const kept = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((output) => needed.has(output))) return false;
    for (const input of node.inputs) needed.add(input);
    return true;
  });
  return kept.reverse();
}

/** Initializers, and what is computed from nothing else. */
function fixedValues({ nodes, initializers }: Graph): Set<Value> {
  const fixed = new Set(initializers.map(({ value }) => value));
  for (const { op, inputs, outputs } of nodes)
    if (op !== 'Shape' && inputs.length > 0 && inputs.every((input) => fixed.has(input)))
      for (const output of outputs) fixed.add(output);
  return fixed;
}

const ALIASES: ReadonlySet<OpName> = new Set<OpName>(['Reshape', 'Identity']);

/** Which values are one memory, and when it is free again. */
class Buffers {
  readonly #within = new Map<Value, Value>();
  /** The last node that uses each buffer. */
  readonly #last = new Map<Value, number>();

  constructor(nodes: readonly Node[]) {
    for (const { op, inputs, outputs } of nodes)
      if (ALIASES.has(op)) this.#within.set(outputs[0]!, inputs[0]!);
    nodes.forEach(({ inputs, outputs }, i) => {
      for (const value of [...inputs, ...outputs]) this.#last.set(this.of(value), i);
    });
  }

  /** The value that a value's memory was made for. */
  of(value: Value): Value {
    let at = value;
    for (let next = this.#within.get(at); next; next = this.#within.get(at)) at = next;
    return at;
  }

  keep(value: Value): void {
    this.#last.set(this.of(value), Number.POSITIVE_INFINITY);
  }

  /** Whether a value is another one, renamed. */
  isAlias(value: Value): boolean {
    return this.#within.has(value);
  }

  endingAt({ inputs, outputs }: Node, i: number): Set<Value> {
    const buffers = [...inputs, ...outputs].map((value) => this.of(value));
    return new Set(buffers.filter((buffer) => this.#last.get(buffer) === i));
  }
}
