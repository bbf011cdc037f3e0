import { Graph, type Value } from '../../graph/builder.ts';
import type { GraphUse } from '../../graph/graph-use.ts';
import { gather, less, where } from '../../graph/ops.ts';
import { float32, int64, type Tensor } from '../../graph/tensor.ts';
import { forward } from '../../models/forward.ts';
import type { Model } from '../../models/model.ts';
import { padLeft } from '../../runtime/batch.ts';
import { type CachedRow, KvCache } from '../../runtime/kv-cache.ts';
import { floats } from '../../runtime/outputs.ts';
import { openSession, type Session } from '../../runtime/session.ts';
import { cacheInputs } from '../../runtime/step-graph.ts';
import { readKeysAndValues } from '../keys-and-values.ts';
import type { Reader } from '../reader.ts';
import { logitDiffAt, placeFeeds, type TokenPair } from './logit-diff-at.ts';
import { cutAtMetric, type SequencePair } from './read-pairs.ts';

/** The metric of one base under each set of layers, and of its source. */
export interface SwapRow {
  readonly source: number;
  /** [set] */
  readonly metrics: readonly number[];
}

export interface SwapOutputsOptions {
  readonly pair: TokenPair;
  /** @param runs number of sequences run since the last report */
  readonly onRuns?: (runs: number) => void;
}

/** The hooks of what a layer adds to the residual stream: the outputs of its attention and of its MLP. */
export const outputHooks = (layer: number): readonly [attention: string, mlp: string] => [
  `blocks.${layer}.hook_attn_out`,
  `blocks.${layer}.hook_mlp_out`,
];

/**
 * Measure the metric, at the last metric position of each pair, with what some layers add to the residual stream taken
 * from the source: the outputs of their attention and MLP, at every position. All other layers compute on what they
 * are given. With every layer in the set, the residual stream after the last layer differs from the source's only where
 * the tokens differ; with none, it is the base's.
 *
 * The source runs in the same batch as its bases, so that no activation leaves the graph. What both have before their first
 * different token is read once, and in a cache.
 *
 * @param sets layers whose outputs are replaced together
 */
export async function swapLayerOutputs(
  reader: Reader,
  pairs: readonly SequencePair[],
  sets: readonly (readonly number[])[],
  { pair, onRuns }: SwapOutputsOptions,
): Promise<SwapRow[]> {
  const cut = pairs.map(cutAtMetric);
  const starts = cut.map(firstDifference);
  const shared = cut.map(({ ids }, i) => ({ ids: ids.slice(0, Math.max(1, starts[i]!)) }));
  const prefixes = await readKeysAndValues(reader, shared);
  await using session = await openSession(swappedOutputsGraph(reader.model), reader);
  const rows: SwapRow[] = [];
  for (const [i, swapped] of cut.entries()) {
    const prefix = { ...prefixes[i]!, length: starts[i]! };
    const runSets = (part: readonly (readonly number[])[]) =>
      metricsOf(session, swapped, part, { pair, prefix, layers: reader.model.dims.nLayers });
    const metrics: number[] = [];
    let source = Number.NaN;
    for (let at = 0; at < sets.length; at += reader.batchSize) {
      // The source's own run is first.
      const [ofSource, ...ofSets] = await runSets([[], ...sets.slice(at, at + reader.batchSize)]);
      source = ofSource!;
      metrics.push(...ofSets);
      onRuns?.(ofSets.length);
    }
    rows.push({ source, metrics });
  }
  return rows;
}

interface SetsSetting {
  readonly pair: TokenPair;
  /** What the source and the base have in common. */
  readonly prefix: CachedRow;
  readonly layers: number;
}

/** [set]: the metric of the source's own run, whose set is the first, and of the base with the others. */
async function metricsOf(
  session: Session,
  { ids, sourceIds, metricPositions }: SequencePair,
  sets: readonly (readonly number[])[],
  { pair, prefix, layers }: SetsSetting,
): Promise<Float32Array> {
  const batch = padLeft(
    sets.map((_, row) => (row === 0 ? sourceIds : ids)),
    sets.map(() => prefix.length),
  );
  const positions = sets.map(() => metricPositions.slice(-1));
  const outputs = await session.run({
    ...batch.feeds,
    ...KvCache.of(sets.map(() => prefix)).feeds,
    ...placeFeeds(positions, batch, pair),
    source: int64(new Array<number>(sets.length).fill(0), [sets.length]),
    swapped: layerMasks(sets, layers),
  });
  return floats(outputs, 'metric');
}

/** Number of tokens before the first that differs, and before the metric's position. */
function firstDifference({ ids, sourceIds, metricPositions }: SequencePair): number {
  const first = ids.findIndex((id, pos) => id !== sourceIds[pos]);
  const last = metricPositions.at(-1)!;
  return first === -1 ? last : Math.min(first, last);
}

/** [layer, row, 1, 1]: 1 where the row takes the layer's outputs from the source, else 0. */
function layerMasks(sets: readonly (readonly number[])[], layers: number): Tensor<Float32Array> {
  const masks = new Float32Array(layers * sets.length);
  sets.forEach((set, row) => {
    for (const layer of set) masks[layer * sets.length + row] = 1;
  });
  return float32(masks, [layers, sets.length, 1, 1]);
}

/**
 * Output `metric` [N, 1]. Inputs beside the tokens, those of `logitDiffAt`, and keys and values of earlier tokens:
 * `source` int64 [B], the row from which each row takes replaced outputs; `swapped` [layers, B, 1, 1], as in `layerMasks`.
 */
export function swappedOutputsGraph(model: Model): Graph {
  const { nLayers } = model.dims;
  const graph = new Graph();
  const source = graph.input('source', 'int64', ['B']);
  const swapped = graph.input('swapped', 'float32', [nLayers, 'B', 1, 1]);
  const layerOf = new Map(
    Array.from({ length: nLayers }, (_, layer) => layer).flatMap((layer) =>
      outputHooks(layer).map((hook) => [hook, layer] as const),
    ),
  );
  const edit = (hook: string, value: Value): Value => {
    const layer = layerOf.get(hook);
    if (layer === undefined) return value;
    const mask = gather(swapped, graph.scalar(layer, 'int64')); // [B, 1, 1]
    return where(less(graph.scalar(0, 'float32'), mask), gather(value, source), value);
  };
  const cache = cacheInputs(graph, model.dims);
  graph.output('metric', logitDiffAt(model, graph, forward(model, graph, { edit, cache })));
  return graph;
}

/** @param tokens of the longest sequence */
export const swapOutputsUse = (model: Model, tokens: number): GraphUse => ({
  name: 'swapped outputs',
  graph: () => swappedOutputsGraph(model),
  sizes: (B) => ({ B: B + 1, T: tokens, S: tokens, N: B + 1 }),
});
