import { Graph, type Value } from '../../graph/builder.ts';
import {
  gatherElements,
  less,
  mul,
  reduceMax,
  reduceSum,
  reshape,
  topK,
  where,
} from '../../graph/ops.ts';
import { product } from '../../graph/shape.ts';
import { encode, saeInputs } from '../../sae/jump-relu.ts';
import type { SaeDims } from '../sae-sessions.ts';
import { type Attribution, attribute } from './attribution.ts';

/**
 * Parts of a sequence whose features also have a ranking of their own: the prompt, and the prefix that stays when only
 * the end of a list is generated again. The prefix includes the prompt.
 */
export const PARTS = ['prompt', 'prefix'] as const;
export type Part = (typeof PARTS)[number];

/** The rankings: by attribution, by its magnitude, and by attribution within each part. */
export type Ranking = 'value' | 'magnitude' | Part;

/** Names of the outputs of one ranking, each [B, k]. index is column · d_sae + feature. */
export const rankingOutputs = (ranking: Ranking) => ({
  index: `${ranking} index`,
  attribution: `${ranking} attribution`,
  act: `${ranking} act`,
});

/** Symbolic axis of a ranking's length. */
const lengthAxis = (ranking: Ranking) => `${ranking} k`;

/** Lengths of the rankings, by symbolic axis, for planning memory. */
export const rankingSizes = (top: number, topOfPart: number): Record<string, number> => ({
  [lengthAxis('value')]: top,
  [lengthAxis('magnitude')]: top,
  ...Object.fromEntries(PARTS.map((part) => [lengthAxis(part), topOfPart])),
});

/**
 * Attributions to the features of one SAE, and their rankings.
 *
 * Inputs: the SAE's parameters; `x`, `output` and `gradient` as in `attribute`; `counted` and each part, [B, T, 1], 1
 * at counted positions, or at counted positions of the part, else 0; `k` and `k of part`, int64 [1], lengths of
 * rankings.
 *
 * Outputs: those of `rankingOutputs`; `sums` [B, 1, d_sae], attributions summed over positions; greatest activations
 * `max acts` [B, 1, d_sae]; `features`, `error`, `bias` and, where there is a skip connection, `skip` [B, T], as in
 * `Attribution`, summed over features.
 */
export function attributionGraph(dims: SaeDims): Graph {
  const graph = new Graph();
  const weights = saeInputs(graph, dims);
  const x = graph.input('x', 'float32', ['B', 'T', dims.dIn]);
  const output = graph.input('output', 'float32', ['B', 'T', dims.dOut]);
  const gradient = graph.input('gradient', 'float32', ['B', 'T', dims.dOut]);
  const counted = graph.input('counted', 'float32', ['B', 'T', 1]);
  const acts = mul(encode(weights, x), counted);
  const attribution = attribute(weights, acts, { x, output, gradient });
  outputRankings(acts, attribution.features);
  outputSums(acts, attribution, reshape(counted, ['B', 'T']));
  return graph;
}

/** Below every attribution, so that positions outside a part rank last. */
const LOWEST = -1e30;

/** The pairs of position and feature with the largest attributions. */
function outputRankings(acts: Value, attributions: Value): void {
  const { graph } = acts;
  const flat = (value: Value) => reshape(value, ['B', product(['T', acts.shape.at(-1)!])]);
  const all = flat(attributions);
  const output = (ranking: Ranking, scores: Value, k: Value) => {
    const { indices } = topK(scores, k, lengthAxis(ranking));
    const names = rankingOutputs(ranking);
    graph.output(names.index, indices);
    graph.output(names.attribution, gatherElements(all, indices));
    graph.output(names.act, gatherElements(flat(acts), indices));
  };
  const zero = graph.scalar(0, 'float32');
  const k = graph.input('k', 'int64', [1]);
  output('value', all, k);
  output('magnitude', mul(all, all), k); // squares have the same order as magnitudes
  const kOfPart = graph.input('k of part', 'int64', [1]);
  for (const part of PARTS) {
    const mask = graph.input(part, 'float32', ['B', 'T', 1]);
    const inPart = where(less(zero, mask), attributions, graph.scalar(LOWEST, 'float32'));
    output(part, flat(inPart), kOfPart);
  }
}

/** Sums over positions, and over features. */
function outputSums(acts: Value, attribution: Attribution, mask: Value): void {
  const { graph } = acts;
  const { features, error, bias, skip } = attribution;
  graph.output('sums', reduceSum(features, [1]));
  graph.output('max acts', reduceMax(acts, [1]));
  graph.output('features', reshape(reduceSum(features, [2]), ['B', 'T']));
  graph.output('error', mul(error, mask));
  graph.output('bias', mul(bias, mask));
  if (skip) graph.output('skip', mul(skip, mask));
}
