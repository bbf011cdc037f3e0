import type { Dim, Graph } from '../../pipeline/graph/builder.ts';

/** `2·m·n·k` of every matrix product of a graph, attention included; all else counts nothing. */
export function flopsOf({ nodes }: Graph, axes: Readonly<Record<string, number>>): number {
  const length = (dim: Dim): number =>
    String(dim)
      .split('*')
      .reduce((n, factor) => n * (axes[factor] ?? Number(factor)), 1);
  let flops = 0;
  for (const { op, inputs, outputs, attributes } of nodes) {
    if (op !== 'Gemm' && op !== 'MatMul') continue;
    const k = inputs[0]!.shape.at(attributes.transA === 1 ? -2 : -1)!;
    flops += outputs[0]!.shape.map(length).reduce((a, b) => a * b, 2 * length(k));
  }
  return flops;
}
