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

/** Parts of a sequence whose features are also ranked by themselves. */
export const PARTS = ['prompt', 'prefix'] as const;
export type Part = (typeof PARTS)[number];

/** How features are ranked: by attribution, by its magnitude, and by attribution within each part. */
export type Ranking = 'value' | 'magnitude' | Part;

/** Outputs of one ranking, each [B, k]: index is position · d_sae + feature. */
export const RANKED = (ranking: Ranking) => ({
  index: `${ranking} index`,
  attribution: `${ranking} attribution`,
  act: `${ranking} act`,
});

/** The length of a ranking, as a symbolic axis. */
const LENGTH = (ranking: Ranking) => `${ranking} k`;

/** How many features a batch's rankings hold, by symbolic axis: `top` of all, `topOfPart` of each part. */
export const rankingSizes = (top: number, topOfPart: number): Record<string, number> => ({
  [LENGTH('value')]: top,
  [LENGTH('magnitude')]: top,
  ...Object.fromEntries(PARTS.map((part) => [LENGTH(part), topOfPart])),
});

/**
 * Both products of one SAE, and the rankings.
 *
 * Inputs: `counted` and each part, [B, T, 1], 1 at positions that count, or are in the part, else 0; `k` and
 * `k of part`, int64 [1], the lengths of rankings.
 */
export function attributionGraph(dims: SaeDims): Graph {
  const graph = new Graph();
  const weights = saeInputs(graph, dims);
  const x = graph.input('x', 'float32', ['B', 'T', dims.dIn]);
  const output = graph.input('output', 'float32', ['B', 'T', dims.dOut]);
  const gradient = graph.input('gradient', 'float32', ['B', 'T', dims.dOut]);
  const counted = graph.input('counted', 'float32', ['B', 'T', 1]);
  const acts = mul(encode(weights, x), counted);
  const attribution = attribute(weights, acts, output, gradient);
  rank(acts, attribution.features);
  sum(acts, attribution, reshape(counted, ['B', 'T']));
  return graph;
}

/** Below every attribution: what is outside a part comes last. */
const LOWEST = -1e30;

/** The features and positions with the largest attributions. */
function rank(acts: Value, attributions: Value): void {
  const { graph } = acts;
  const flat = (value: Value) => reshape(value, ['B', product(['T', acts.shape.at(-1)!])]);
  const all = flat(attributions);
  const output = (ranking: Ranking, by: Value, k: Value) => {
    const { indices } = topK(by, k, LENGTH(ranking));
    const names = RANKED(ranking);
    graph.output(names.index, indices);
    graph.output(names.attribution, gatherElements(all, indices));
    graph.output(names.act, gatherElements(flat(acts), indices));
  };
  const zero = graph.scalar(0, 'float32');
  const k = graph.input('k', 'int64', [1]);
  output('value', all, k);
  output('magnitude', mul(all, all), k); // a square has the order of the magnitude
  const kOfPart = graph.input('k of part', 'int64', [1]);
  for (const part of PARTS) {
    const within = graph.input(part, 'float32', ['B', 'T', 1]);
    const inside = where(less(zero, within), attributions, graph.scalar(LOWEST, 'float32'));
    output(part, flat(inside), kOfPart);
  }
}

/** Sums over positions, and over features. */
function sum(acts: Value, { features, error, bias }: Attribution, mask: Value): void {
  const { graph } = acts;
  graph.output('sums', reduceSum(features, [1]));
  graph.output('max acts', reduceMax(acts, [1]));
  graph.output('features', reshape(reduceSum(features, [2]), ['B', 'T']));
  graph.output('error', mul(error, mask));
  graph.output('bias', mul(bias, mask));
}
