import { Graph, type Value } from '../../graph/builder.ts';
import { reshape } from '../../graph/layout.ts';
import { gatherElements, less, mul, reduceMax, reduceSum, topK, where } from '../../graph/ops.ts';
import { product } from '../../graph/shape.ts';
import { type SaeWeights, saeInputs } from '../../sae/jump-relu.ts';
import type { Method, Path } from '../../schema/attribution-columns.ts';
import type { SaeDims } from '../sae-sessions.ts';
import { attribute, slopes } from './attribution.ts';
import { type PathEnds, pathEnds } from './path-ends.ts';

/**
 * Parts of a sequence whose features also have a ranking of their own: the prompt, and the prefix that stays when only
 * the end of a list is generated again. The prefix includes the prompt.
 */
export const PARTS = ['prompt', 'prefix'] as const;
export type Part = (typeof PARTS)[number];

/** The rankings: by attribution, by its magnitude, by the magnitude at the gradient, by attribution within each part. */
export type Ranking = 'value' | 'magnitude' | 'gradient' | Part;

/**
 * Names of the outputs of one ranking, each [B, k]. index is column · d_sae + feature. `startAct` is there for the path
 * from the swapped prompt only, `gradient` for the method `integrated` only.
 */
export const rankingOutputs = (ranking: Ranking) => ({
  index: `${ranking} index`,
  attribution: `${ranking} attribution`,
  gradient: `${ranking} attribution by the gradient`,
  act: `${ranking} act`,
  startAct: `${ranking} start act`,
});

/** Symbolic axis of a ranking's length. */
const lengthAxis = (ranking: Ranking) => `${ranking} k`;

/** Lengths of the rankings, by symbolic axis, for planning memory. */
export const rankingSizes = (top: number, topOfPart: number): Record<string, number> => ({
  ...Object.fromEntries(
    (['value', 'magnitude', 'gradient'] as const).map((ranking) => [lengthAxis(ranking), top]),
  ),
  ...Object.fromEntries(PARTS.map((part) => [lengthAxis(part), topOfPart])),
});

/** How features are attributed to. */
export interface AttributionKind {
  readonly path: Path;
  readonly method: Method;
}

/** The gradient at the list as it is, and features from 0. */
export const PLAIN: AttributionKind = { path: 'zero', method: 'gradient' };

/**
 * Attributions to the features of one SAE, and their rankings. A feature's attribution is the change of its value along
 * the path, times the metric's slope along its direction: at the list as it is, or averaged over the path.
 *
 * Inputs: the SAE's parameters; those of `pathEnds`; `output` and `gradient` as in `attribute`; for the method
 * `integrated` also `mean gradient` [B, T, d_out]; `counted` and each part, [B, T, 1], 1 at counted positions, or at
 * counted positions of the part, else 0; `k` and `k of part`, int64 [1], lengths of rankings.
 *
 * Outputs: those of `rankingOutputs`; `sums` [B, 1, d_sae], attributions summed over positions; greatest activations
 * `max acts` [B, 1, d_sae]; `features` [B, T], attributions summed over features; for the method `integrated` also
 * `sums by the gradient` and `features by the gradient`; `error`, `bias` and, where there is a skip connection, `skip`
 * [B, T], as in `Attribution`.
 */
export function attributionGraph(dims: SaeDims, { path, method }: AttributionKind = PLAIN): Graph {
  const graph = new Graph();
  const weights = saeInputs(graph, dims);
  const counted = graph.input('counted', 'float32', ['B', 'T', 1]);
  const ends = pathEnds(weights, dims, path, counted);
  const outputShaped = (name: string) => graph.input(name, 'float32', ['B', 'T', dims.dOut]);
  const gradient = outputShaped('gradient');
  const slope = slopes(weights, gradient);
  const byGradient = mul(ends.change, slope);
  const attributions =
    method === 'gradient'
      ? byGradient
      : mul(ends.change, slopes(weights, outputShaped('mean gradient')));
  outputRankings(ends, attributions, byGradient);
  outputSums(attributions);
  if (attributions !== byGradient) outputSums(byGradient, ' by the gradient');
  graph.output('max acts', reduceMax(ends.acts, [1]));
  outputTerms(weights, ends, slope, { output: outputShaped('output'), gradient, counted });
  return graph;
}

/** Below every attribution, so that positions outside a part rank last. */
const LOWEST = -1e30;

/** The pairs of position and feature with the largest attributions. */
function outputRankings(ends: PathEnds, attributions: Value, byGradient: Value): void {
  const { acts, startActs } = ends;
  const { graph, shape } = attributions;
  const flat = (value: Value) => reshape(value, ['B', product(['T', shape.at(-1)!])]);
  const output = (ranking: Ranking, scores: Value, k: Value) => {
    const { indices } = topK(flat(scores), k, lengthAxis(ranking));
    const names = rankingOutputs(ranking);
    const chosen = (value: Value) => gatherElements(flat(value), indices);
    graph.output(names.index, indices);
    graph.output(names.attribution, chosen(attributions));
    graph.output(names.act, chosen(acts));
    if (startActs) graph.output(names.startAct, chosen(startActs));
    if (attributions !== byGradient) graph.output(names.gradient, chosen(byGradient));
  };
  const zero = graph.scalar(0, 'float32');
  const k = graph.input('k', 'int64', [1]);
  const squares = (value: Value) => mul(value, value); // they have the same order as magnitudes
  output('value', attributions, k);
  output('magnitude', squares(attributions), k);
  if (attributions !== byGradient) output('gradient', squares(byGradient), k);
  const kOfPart = graph.input('k of part', 'int64', [1]);
  for (const part of PARTS) {
    const mask = graph.input(part, 'float32', ['B', 'T', 1]);
    output(part, where(less(zero, mask), attributions, graph.scalar(LOWEST, 'float32')), kOfPart);
  }
}

/** Sums over positions, and over features. @param which ends the outputs' names */
function outputSums(attributions: Value, which = ''): void {
  const { graph } = attributions;
  graph.output(`sums${which}`, reduceSum(attributions, [1]));
  graph.output(`features${which}`, reshape(reduceSum(attributions, [2]), ['B', 'T']));
}

/** What is not of the features, by the gradient at the list as it is. */
function outputTerms(
  weights: SaeWeights,
  { x, acts }: PathEnds,
  slope: Value,
  { output, gradient, counted }: Readonly<Record<'output' | 'gradient' | 'counted', Value>>,
): void {
  const { graph } = slope;
  const mask = reshape(counted, ['B', 'T']);
  const { error, bias, skip } = attribute(weights, acts, slope, { x, output, gradient });
  graph.output('error', mul(error, mask));
  graph.output('bias', mul(bias, mask));
  if (skip) graph.output('skip', mul(skip, mask));
}
