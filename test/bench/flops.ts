import type { Graph } from '../../pipeline/graph/builder.ts';
import { elements, type Sizes } from '../../pipeline/graph/peak-memory.ts';

/** `2·m·n·k` of every matrix product of a graph, attention included; all else counts nothing. */
export function flopsOf({ nodes }: Graph, sizes: Sizes): number {
  let flops = 0;
  for (const { op, inputs, outputs, attributes } of nodes) {
    if (op !== 'Gemm' && op !== 'MatMul') continue;
    const k = inputs[0]!.shape.at(attributes.transA === 1 ? -2 : -1)!;
    flops += 2 * elements(outputs[0]!.shape, sizes) * elements([k], sizes);
  }
  return flops;
}
