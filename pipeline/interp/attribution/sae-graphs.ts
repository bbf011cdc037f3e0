import { Graph, type Value } from '../../graph/builder.ts';
import { gather, gemm, matmul } from '../../graph/ops.ts';
import { encode, saeInputs, skipTerm } from '../../sae/jump-relu.ts';
import type { SaeDims } from '../sae-sessions.ts';

/**
 * What an SAE makes of N places.
 *
 * Inputs: the SAE's parameters; `x` [N, d_in]. Outputs: `acts` [N, d_sae]; where there is a skip connection, `skipped`
 * [N, d_out], what it adds.
 */
export function placesGraph(dims: SaeDims): Graph {
  const graph = new Graph();
  const weights = saeInputs(graph, dims);
  const x = graph.input('x', 'float32', ['N', dims.dIn]);
  graph.output('acts', encode(weights, x));
  const skipped = skipTerm(weights, x);
  if (skipped) graph.output('skipped', skipped);
  return graph;
}

/** `slopes` [N, d_sae], `W_dec[f] · gradient` of every feature. Inputs: `W_dec`; `gradient` [N, d_out]. */
export function slopesGraph(dims: SaeDims): Graph {
  const graph = new Graph();
  const gradient = graph.input('gradient', 'float32', ['N', dims.dOut]);
  graph.output('slopes', gemm(gradient, decoder(graph, dims), { transB: true }));
  return graph;
}

/** `decoded` [N, d_out], `Σ values[f] · W_dec[f]` over every feature. Inputs: `W_dec`; `values` [N, d_sae]. */
export function decodeGraph(dims: SaeDims): Graph {
  const graph = new Graph();
  const values = graph.input('values', 'float32', ['N', dims.dSae]);
  graph.output('decoded', gemm(values, decoder(graph, dims)));
  return graph;
}

/** `slopes` [N, K, 1] of K features at each place. Inputs: `W_dec`; `features` int64 [N, K]; `gradient` [N, d_out, 1]. */
export function slopesAtGraph(dims: SaeDims): Graph {
  const graph = new Graph();
  const gradient = graph.input('gradient', 'float32', ['N', dims.dOut, 1]);
  graph.output('slopes', matmul(chosenRows(graph, dims), gradient));
  return graph;
}

/** `decoded` [N, 1, d_out] of K features at each place. Inputs: `W_dec`; `features` int64 [N, K]; `values` [N, 1, K]. */
export function decodeAtGraph(dims: SaeDims): Graph {
  const graph = new Graph();
  const values = graph.input('values', 'float32', ['N', 1, 'K']);
  graph.output('decoded', matmul(values, chosenRows(graph, dims)));
  return graph;
}

const decoder = (graph: Graph, { dSae, dOut }: SaeDims): Value =>
  graph.input('W_dec', 'float32', [dSae, dOut]);

/** [N, K, d_out]: the decoder's rows of the features at each place. */
const chosenRows = (graph: Graph, dims: SaeDims): Value =>
  gather(decoder(graph, dims), graph.input('features', 'int64', ['N', 'K']));
