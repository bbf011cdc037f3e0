import { Graph, type Value } from '../graph/builder.ts';
import { gather, reshape } from '../graph/ops.ts';
import { attentionBias } from '../models/attention-bias.ts';
import type { Model } from '../models/model.ts';
import { addAt, addLogitBias, type Intervention, steer, widthAt } from './intervention.ts';
import { CACHED, GROWTH, NEW } from './kv-cache.ts';
import type { GraphUse } from './memory-use.ts';
import { nucleus, pick } from './sampling.ts';

export interface StepGraph {
  readonly graph: Graph;
  readonly widths: Widths;
}

/** Of the hooks where vectors are added; null where none are. */
export interface Widths {
  readonly additions: number | null;
  readonly steering: number | null;
}

/**
 * T new tokens of B sequences after S cached ones, and N tokens sampled, each after the last of a sequence. One
 * graph fills the cache (T the prompt, S one unseen slot) and takes each step (T = 1).
 */
export function stepGraph(
  model: Model,
  { hook, steerAt, logitBias }: Intervention = {},
): StepGraph {
  const graph = new Graph();
  const weights = model.load(graph);
  const { nLayers, nKeyValueHeads, dHead, dModel } = model.dims;
  const ints = (name: string, shape: readonly string[]) => graph.input(name, 'int64', shape);
  const ids = ints('ids', ['B', 'T']);
  const positions = ints('positions', ['B', 'T']);
  const keyPositions = ints('key_positions', ['B', 'T']);
  const cachePositions = ints('cache_positions', ['B', 'S']);
  const lastRows = ints('last_rows', ['N']);
  const cached = (name: (layer: number) => string): Value[] =>
    Array.from({ length: nLayers }, (_, layer) =>
      graph.input(name(layer), 'float32', ['B', nKeyValueHeads, 'S', dHead]),
    );
  const edits = [
    ...(hook === undefined ? [] : [addAt(hook)]),
    ...(steerAt === undefined ? [] : [steer(steerAt, positions)]),
  ];
  const out = model.blocks(weights, {
    resid: model.embed(weights, ids),
    positions,
    edit: (at, value) => edits.reduce((edited, edit) => edit(at, edited), value),
    bias: attentionBias(positions, keyPositions, model.slidingWindow),
    cache: {
      keys: cached(CACHED.key),
      values: cached(CACHED.value),
      bias: attentionBias(positions, cachePositions, model.slidingWindow),
    },
  });
  out.keys.forEach((keys, layer) => {
    graph.output(NEW.key(layer), keys);
    graph.output(NEW.value(layer), out.values[layer]!);
  });
  const { logits } = model.unembed(weights, gather(reshape(out.resid, ['B*T', dModel]), lastRows));
  const biased = logitBias === undefined ? logits : addLogitBias(logits, logitBias);
  const scalar = (name: string) => graph.input(name, 'float32', [1]);
  const kept = nucleus(
    biased,
    scalar('temperature'),
    scalar('top_p'),
    graph.input('k', 'int64', [1]),
  );
  graph.output('mass', kept.mass);
  graph.output('token', pick(kept, graph.input('uniform', 'float32', ['N', 1])));
  const width = (at?: string) => (at === undefined ? null : widthAt(graph, at));
  return { graph, widths: { additions: width(hook), steering: width(steerAt) } };
}

/** The likeliest tokens that sampling looks at, in all but the flattest distributions. */
const MOST_K = 512;

/**
 * The same graph as it fills the cache, and as it takes the last step.
 * @param prompt tokens of the longest prompt
 * @param list tokens of the longest sequence, prompt and completion
 */
export function stepUses(
  model: Model,
  { prompt, list }: Readonly<Record<'prompt' | 'list', number>>,
  intervention?: Intervention,
): GraphUse[] {
  const graph = () => stepGraph(model, intervention).graph;
  const k = Math.min(MOST_K, model.dims.dVocab);
  return [
    { name: 'prompt', graph, sizes: (B) => ({ B, N: B, k, T: prompt, S: 1, E: B * prompt }) },
    { name: 'step', graph, sizes: (B) => ({ B, N: B, k, T: 1, S: list + GROWTH, E: 1 }) },
  ];
}
