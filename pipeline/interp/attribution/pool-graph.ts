import { Graph, type Value } from '../../graph/builder.ts';
import { reshape } from '../../graph/layout.ts';
import { gather, mul, sub } from '../../graph/ops.ts';
import { product } from '../../graph/shape.ts';
import { encode, saeInputs } from '../../sae/jump-relu.ts';
import type { Path } from '../../schema/attribution-columns.ts';
import type { SaeDims } from '../sae-sessions.ts';
import { slopes } from './attribution.ts';

/**
 * Every feature of one SAE at N positions, with its attribution along a path.
 *
 * Inputs: the SAE's parameters; `x` [B, T, d_in]; for the path `swapped` also `swapped x`; `mean gradient` [B, T, d_out];
 * `rows` int64 [N], the positions in the flattened batch.
 *
 * Outputs, each [N, d_sae]: `acts`; for the path `swapped` also `start acts`; `attributions`.
 */
export function poolGraph(dims: SaeDims, path: Path): Graph {
  const graph = new Graph();
  const weights = saeInputs(graph, dims);
  const rows = graph.input('rows', 'int64', ['N']);
  const chosen = (name: string, width: number): Value => {
    const all = graph.input(name, 'float32', ['B', 'T', width]);
    return gather(reshape(all, [product(['B', 'T']), width]), rows);
  };
  const acts = encode(weights, chosen('x', dims.dIn));
  const startActs = path === 'zero' ? null : encode(weights, chosen('swapped x', dims.dIn));
  const change = startActs ? sub(acts, startActs) : acts;
  graph.output('acts', acts);
  if (startActs) graph.output('start acts', startActs);
  graph.output('attributions', mul(change, slopes(weights, chosen('mean gradient', dims.dOut))));
  return graph;
}
