import type { AttributedFeature } from '../../interp/attribution/attribution-rows.ts';
import { integrateSae } from '../../interp/attribution/integrate-sae.ts';
import type { Decision } from '../../interp/circuit/target-vectors.ts';
import type { TracedCircuit, TracedCircuits } from '../../interp/circuit/trace-circuits.ts';
import type { Reader } from '../../interp/reader.ts';
import type { Sae, SaeFile } from '../../sae/sae.ts';
import type { CircuitRanking } from '../../schema/circuit-columns.ts';
import { keyedRandom } from '../../stats/random.ts';
import type { ListCircuit } from './list-circuit.ts';

/** The features of one list's circuit, by source, in the order in which each ranking keeps them. */
export type Ranked = Readonly<Record<CircuitRanking, readonly number[]>>;

/** One value for each ranking. */
export const mapRankings = <T>(
  value: (ranking: CircuitRanking) => T,
): Record<CircuitRanking, T> => ({
  influence: value('influence'),
  effect: value('effect'),
  integrated: value('integrated'),
  gradient: value('gradient'),
  activation: value('activation'),
  random: value('random'),
});

export interface RankingOptions {
  readonly seed: number;
  readonly tokens: Decision;
  /** Points of integrated gradients. */
  readonly steps: number;
  readonly onProgress: (done: number) => void;
}

/** Rank all active features of every circuit. @returns [list] */
export async function rankFeatures(
  reader: Reader,
  traced: TracedCircuits,
  lists: readonly ListCircuit[],
  options: RankingOptions,
): Promise<Ranked[]> {
  const attributed = await attributeFeatures(reader, traced, lists, options);
  return lists.map(({ decision, own }, i): Ranked => {
    const features = featuresOf(own);
    const draw = keyedRandom(options.seed, `random ranking ${decision.list.sample_id}`);
    const { influence, effect } = own.tracing;
    const norms = traced.transcoders.map((coder) => (coder ? rowNorms(coder) : []));
    const by = (score: (node: number) => number) => ranked(features, score);
    return {
      influence: by((node) => influence[node]!),
      effect: by((node) => Math.abs(effect[node]!)),
      integrated: by((node) => attributed.integrated[i]!.get(node) ?? 0),
      gradient: by((node) => attributed.gradient[i]!.get(node) ?? 0),
      activation: by((node) => {
        const { layer, index } = own.tracing.sources.at(node);
        const { acts, features: ids } = own.layers[layer]!;
        return acts[index]! * norms[layer]![ids[index]!]!;
      }),
      random: by(() => draw()),
    };
  });
}

/** The sources of a circuit that are features. */
export const featuresOf = ({ tracing, layers }: TracedCircuit): number[] =>
  layers.flatMap(({ layer, acts }) =>
    Array.from(acts, (_, index) => tracing.sources.starts[layer]! + index),
  );

/** In descending order; equal ones in the order given. */
function ranked(nodes: readonly number[], score: (node: number) => number): number[] {
  const scores = new Map(nodes.map((node) => [node, score(node)]));
  return [...nodes].sort((a, b) => scores.get(b)! - scores.get(a)!);
}

/** Norm of each feature's decoder row. */
const rowNorms = ({ params: { W_dec }, dOut, dSae }: Sae): number[] =>
  Array.from({ length: dSae }, (_, feature) =>
    Math.hypot(...W_dec.data.subarray(feature * dOut, (feature + 1) * dOut)),
  );

/** By list: the magnitude of each attributed feature's attribution, by its source. */
type Attributed = readonly ReadonlyMap<number, number>[];

/** Features of each layer's ranking; those beyond come last. */
export const TOP = 1000;

/** Attribute the metric to the features of one layer's transcoder at a time. */
async function attributeFeatures(
  reader: Reader,
  { transcoders }: TracedCircuits,
  lists: readonly ListCircuit[],
  { tokens: { end, again }, steps, onProgress }: RankingOptions,
): Promise<{ readonly integrated: Attributed; readonly gradient: Attributed }> {
  const maps = () => lists.map(() => new Map<number, number>());
  const [integrated, gradient] = [maps(), maps()];
  const readings = lists.map(({ decision: { ids } }) => ({
    ids,
    metricPos: ids.length - 1,
    pair: [end, again] as const,
    lengths: { prompt: ids.length, prefix: ids.length },
  }));
  const files = transcoders.filter((coder) => coder !== null).map(inMemory);
  for (const [done, file] of files.entries()) {
    const passes = [{ path: 'zero' as const, readings }];
    const lengths = { top: TOP, topOfPart: 1 };
    const [rows] = await integrateSae(reader, file, passes, { ...lengths, steps, tolerance: 0.1 });
    rows!.forEach(({ byMagnitude, byGradient }, i) => {
      const nodeOf = nodesOf(lists[i]!.own, file.layer);
      record(integrated[i]!, byMagnitude, nodeOf, ({ attribution }) => attribution);
      record(gradient[i]!, byGradient, nodeOf, (feature) => feature.gradient);
    });
    onProgress((done + 1) / files.length);
  }
  return { integrated, gradient };
}

const inMemory = (sae: Sae): SaeFile => ({ ...sae, load: async () => sae });

/** The source of a layer's feature at a position. */
function nodesOf({ layers, tracing }: TracedCircuit, layer: number) {
  const { positions, features } = layers[layer]!;
  const first = tracing.sources.starts[layer]!;
  const indices = new Map(Array.from(features, (feature, i) => [`${positions[i]} ${feature}`, i]));
  return ({ pos, feature }: AttributedFeature): number | undefined => {
    const index = indices.get(`${pos} ${feature}`);
    return index === undefined ? undefined : first + index;
  };
}

function record(
  into: Map<number, number>,
  features: readonly AttributedFeature[],
  nodeOf: (feature: AttributedFeature) => number | undefined,
  scoreOf: (feature: AttributedFeature) => number,
): void {
  for (const feature of features) {
    const node = nodeOf(feature);
    if (node !== undefined) into.set(node, Math.abs(scoreOf(feature)));
  }
}
