import type { Graph } from '../../pipeline/graph/builder.ts';
import type { Sizes } from '../../pipeline/graph/graph-use.ts';
import { elements } from '../../pipeline/graph/peak-memory.ts';

/** `2·m·n·k` of every matrix product of a graph, attention included; all else counts nothing. */
export function flopsOf({ nodes }: Graph, sizes: Sizes): number {
  let flops = 0;
  for (const node of nodes) {
    if (node.op !== 'Gemm' && node.op !== 'MatMul') continue;
    const transposed = node.op === 'Gemm' && node.attributes.transA === 1;
    const k = node.inputs[0]!.shape.at(transposed ? -2 : -1)!;
    flops += 2 * elements(node.outputs[0]!.shape, sizes) * elements([k], sizes);
  }
  return flops;
}
