import { Graph, type Value } from '../../graph/builder.ts';
import { gatherElements, gemm, less, mul, reshape, sub, topK, where } from '../../graph/ops.ts';
import { product } from '../../graph/shape.ts';
import { encode, saeInputs } from '../../sae/jump-relu.ts';
import type { SaeDims } from '../sae-sessions.ts';
import { PARTS, type Part } from './attribution-graph.ts';

/** Names of the outputs of the ranking within a part, each [B, k]. index is column · d_sae + feature. */
export const swapOutputs = (part: Part) => ({
  index: `${part} index`,
  attribution: `${part} attribution`,
  act: `${part} act`,
  swappedAct: `${part} swapped act`,
});

/** Symbolic axis of a ranking's length. */
export const swapAxis = (part: Part): string => `${part} k`;

/**
 * How much of a metric is due to one SAE's features having the values that they have, and not those that they have after
 * the swapped prompt: `(act − swapped act) · (W_dec · gradient)`, to first order, with the largest of each part ranked.
 *
 * Inputs: the SAE's parameters; `x` [B, T, d_in]; `swapped` [B, T, d_in], the same hook after the swapped prompt;
 * `gradient` [B, T, d_out]; each part's mask [B, T, 1]; `k`, int64 [1].
 */
export function swapGraph(dims: SaeDims): Graph {
  const graph = new Graph();
  const weights = saeInputs(graph, dims);
  const x = graph.input('x', 'float32', ['B', 'T', dims.dIn]);
  const swapped = graph.input('swapped', 'float32', ['B', 'T', dims.dIn]);
  const gradient = graph.input('gradient', 'float32', ['B', 'T', dims.dOut]);
  const [acts, swappedActs] = [encode(weights, x), encode(weights, swapped)];
  const flatGradient = reshape(gradient, [product(['B', 'T']), dims.dOut]);
  const projected = gemm(flatGradient, weights.W_dec, { transB: true });
  const attributions = mul(sub(acts, swappedActs), reshape(projected, ['B', 'T', dims.dSae]));
  const k = graph.input('k', 'int64', [1]);
  for (const part of PARTS) outputRanking(part, { attributions, acts, swappedActs, k });
  return graph;
}

/** Below every attribution, so that positions outside a part rank last. */
const LOWEST = -1e30;

function outputRanking(
  part: Part,
  {
    attributions,
    acts,
    swappedActs,
    k,
  }: Record<'attributions' | 'acts' | 'swappedActs' | 'k', Value>,
): void {
  const { graph } = attributions;
  const flat = (value: Value) => reshape(value, ['B', product(['T', attributions.shape.at(-1)!])]);
  const mask = graph.input(part, 'float32', ['B', 'T', 1]);
  const lowest = graph.scalar(LOWEST, 'float32');
  const inPart = where(less(graph.scalar(0, 'float32'), mask), attributions, lowest);
  const { indices } = topK(flat(inPart), k, swapAxis(part));
  const names = swapOutputs(part);
  graph.output(names.index, indices);
  graph.output(names.attribution, gatherElements(flat(attributions), indices));
  graph.output(names.act, gatherElements(flat(acts), indices));
  graph.output(names.swappedAct, gatherElements(flat(swappedActs), indices));
}
