import { Graph } from '../../graph/builder.ts';
import { indicator, square } from '../../graph/functions.ts';
import { reshape } from '../../graph/layout.ts';
import { less, mul, reduceSum } from '../../graph/ops.ts';
import { saeInputs, sparseActivation } from '../../sae/jump-relu.ts';
import type { SaeDims } from '../sae-sessions.ts';

/**
 * Outputs of one SAE: `reconstruction` [B, T, d_out]; `error` [B, T], the squared norm of the error term; `l0` [B, T],
 * the number of active features; `fired` [d_sae], the number of counted positions at which each feature is active.
 * Inputs: the parameters; `x` and `y`, the values of the SAE's hooks; `counted` [B, T, 1], 1 at counted positions.
 */
export function coderGraph(dims: SaeDims): Graph {
  const graph = new Graph();
  const weights = saeInputs(graph, dims);
  const x = graph.input('x', 'float32', ['B', 'T', dims.dIn]);
  const y = graph.input('y', 'float32', ['B', 'T', dims.dOut]);
  const counted = graph.input('counted', 'float32', ['B', 'T', 1]);
  const { featureActs, reconstruction, errorTerm } = sparseActivation(weights, x, y);
  const active = indicator(less(graph.scalar(0, 'float32'), featureActs), featureActs);
  graph.output('reconstruction', reconstruction);
  graph.output('error', reshape(reduceSum(square(errorTerm), [-1]), ['B', 'T']));
  graph.output('l0', reshape(reduceSum(active, [-1]), ['B', 'T']));
  graph.output('fired', reshape(reduceSum(mul(active, counted), [0, 1]), [dims.dSae]));
  return graph;
}
