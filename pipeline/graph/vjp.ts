import { type Node, typedArray, type Value } from './builder.ts';
import type { OpName } from './operators.ts';
import { add } from './ops.ts';
import { type Cotangent, VJP_RULES } from './vjp-rules.ts';

/**
 * Reverse-mode differentiation: adds nodes to the graph that compute the gradients of a scalar with respect to values
 * that it was computed from. One backward pass computes the gradients of all of them.
 *
 * 1. Mark the values that depend on a value in `wrt`; only these need a cotangent.
 * 2. Visit the nodes in reverse order. The rule of each node's operator turns the cotangents of its outputs into
 *    cotangents of its inputs; a value that several nodes use gets their sum.
 *
 * Source: Griewank & Walther (2008), Evaluating Derivatives, section 3.2.
 *
 * @param y a value of one element, or of any shape where `seed` is given
 * @param seed the cotangent of y, of its shape: the gradient is that of Σ seed · y; 1 where left out
 * @returns the gradients with respect to `wrt`, each of its value's shape
 * @throws `no gradient: …` where `y` does not depend on a value
 */
export function vjp(y: Value, wrt: readonly Value[], seed?: Value): Value[] {
  const { graph } = y;
  const dependent = dependentOn(wrt, graph.nodes);
  graph.backwardFrom ??= graph.nodes.length;
  const cotangents = new Map<Value, Value>([[y, seed ?? one(y)]]);
  for (const node of graph.nodes.toReversed()) {
    const g = node.outputs.map((output) => cotangents.get(output) ?? null);
    if (g.every((cotangent) => cotangent === null)) continue;
    const inputCotangents = applyRule(node, g);
    node.inputs.forEach((input, i) => {
      const cotangent = inputCotangents[i];
      if (!cotangent || !dependent.has(input)) return;
      const sum = cotangents.get(input);
      cotangents.set(input, sum ? add(sum, cotangent()) : cotangent());
    });
  }
  return wrt.map((x) => {
    const cotangent = cotangents.get(x);
    if (!cotangent) throw new Error(`no gradient: ${y.name} does not depend on ${x.name}`);
    return cotangent;
  });
}

function applyRule<Op extends OpName>(
  node: Node<Op>,
  g: readonly (Value | null)[],
): readonly Cotangent[] {
  return VJP_RULES[node.op](node, g);
}

function dependentOn(wrt: readonly Value[], nodes: readonly Node[]): Set<Value> {
  const dependent = new Set(wrt);
  // The body of a Loop may read any value of the graph, not only the node's inputs.
  for (const { op, inputs, outputs } of nodes)
    if (op === 'Loop' || inputs.some((input) => dependent.has(input)))
      for (const output of outputs) dependent.add(output);
  return dependent;
}

function one(y: Value): Value {
  if (y.shape.some((d) => d !== 1))
    throw new Error(`${y.name} of shape [${y.shape}] is not a scalar: sum it, or give a seed`);
  return y.graph.constant({
    dtype: y.dtype,
    dims: y.shape.map(() => 1),
    data: typedArray(y.dtype, [1]),
  });
}
