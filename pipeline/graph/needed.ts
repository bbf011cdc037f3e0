import type { Graph, Node, Value } from './builder.ts';

/** What of a graph its outputs depend on. */
export interface Needed {
  /** In their order. */
  readonly nodes: readonly Node[];
  /** Every value that a node or an output reads, those of bodies included. */
  readonly values: ReadonlySet<Value>;
}

/**
 * The nodes that some output depends on. The runtime runs every node that it is given, whether or not anything reads it, such as the
 * layers above a hook, or the forward pass of a value of which only the gradient is asked for.
 */
export function neededOf({ nodes, outputs }: Graph): Needed {
  const values = new Set(outputs.values());
  const reversed = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((output) => values.has(output))) return false;
    for (const value of readBy(node)) values.add(value);
    return true;
  });
  return { nodes: reversed.reverse(), values };
}

/** The values that a node reads: its inputs and, of a Loop, what its body reads. */
const readBy = (node: Node): Iterable<Value> =>
  node.op === 'Loop' ? [...node.inputs, ...neededOf(node.attributes.body).values] : node.inputs;
