import { dataOf, type Node, type Value } from './builder.ts';
import type { OpName } from './operators.ts';
import { add } from './ops.ts';
import { type Cotangent, VJP_RULES } from './vjp-rules.ts';

/**
 * Reverse-mode differentiation: the gradients of a scalar with respect to any values that it was computed
 * from, as more nodes of the same graph. One walk serves all of them.
 *
 * 1. Mark what depends on a value in `wrt`; nothing else needs a cotangent.
 * 2. Walk the nodes backwards; each passes the sum of its outputs' cotangents to its inputs by its rule.
 *
 * Source: Griewank & Walther (2008), Evaluating Derivatives, section 3.2.
 *
 * @param y of one element, or of any shape where `seed`, of the same shape, weights its elements
 * @returns for each of `wrt` a value of its shape
 * @throws where `y` does not depend on a value
 */
export function vjp(y: Value, wrt: readonly Value[], seed?: Value): Value[] {
  const { graph } = y;
  const dependent = dependentOn(wrt, graph.nodes);
  graph.backwardFrom ??= graph.nodes.length;
  const cotangents = new Map<Value, Value>([[y, seed ?? one(y)]]);
  for (const node of graph.nodes.toReversed()) {
    const g = node.outputs.map((output) => cotangents.get(output) ?? null);
    if (g.every((cotangent) => cotangent === null)) continue;
    const passed = applyRule(node, g);
    node.inputs.forEach((input, i) => {
      const cotangent = passed[i];
      if (!cotangent || !dependent.has(input)) return;
      const before = cotangents.get(input);
      cotangents.set(input, before ? add(before, cotangent()) : cotangent());
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
  // The body of a Loop may read any value around it.
  for (const { op, inputs, outputs } of nodes)
    if (op === 'Loop' || inputs.some((input) => dependent.has(input)))
      for (const output of outputs) dependent.add(output);
  return dependent;
}

function one(y: Value): Value {
  if (y.shape.some((d) => d !== 1))
    throw new Error(`${y.name} of shape [${y.shape}] is no scalar: sum it, or give a seed`);
  return y.graph.constant({
    dtype: y.dtype,
    dims: y.shape.map(() => 1),
    data: dataOf(y.dtype, [1]),
  });
}
