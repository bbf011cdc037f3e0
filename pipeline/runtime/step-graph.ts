import { Graph, type Value } from '../graph/builder.ts';
import type { CachedTokens, ModelDims } from '../models/architecture.ts';
import type { Model } from '../models/model.ts';
import type { Weights } from '../models/weights.ts';
import { additionEdit, hookWidth, type Intervention, steeringEdit } from './intervention.ts';
import { CACHED, NEW } from './kv-cache.ts';
import { type SamplingInputs, type StepInputs, type StepOutputs, step } from './step.ts';

export interface StepGraph {
  readonly graph: Graph;
  readonly widths: HookWidths;
}

/** Width d of the hooks [B, T, d] at which an intervention adds vectors; null where it adds none. */
export interface HookWidths {
  readonly additions: number | null;
  readonly steering: number | null;
}

/**
 * Run T new tokens of B sequences after S cached tokens, and sample N tokens, each after the last token of a sequence.
 * The same graph fills the cache (T is the prompt's length, with one masked slot) and takes each later step (T is 1).
 *
 * Outputs: `token` and `mass` as in `StepOutputs`; `new_k.…` and `new_v.…`, the keys and values of the new tokens.
 */
export function stepGraph(model: Model, intervention: Intervention = {}): StepGraph {
  const { graph, out, widths } = firstStep(model, intervention);
  outputKeysAndValues(graph, out);
  graph.output('mass', out.mass);
  graph.output('token', out.token);
  return { graph, widths };
}

/** Make the new keys and values of every layer, or of those from `from` on, outputs of the graph. */
export function outputKeysAndValues(
  graph: Graph,
  { keys, values }: Pick<StepOutputs, 'keys' | 'values'>,
  from = 0,
): void {
  for (let layer = from; layer < keys.length; layer++) {
    graph.output(NEW.key(layer), keys[layer]!);
    graph.output(NEW.value(layer), values[layer]!);
  }
}

/** Inputs of a graph for the keys and values of earlier tokens, in the layers from `from` on; `KvCache` feeds them. */
export function cacheInputs(
  graph: Graph,
  { nLayers, nKeyValueHeads, dHead }: ModelDims,
  from = 0,
): CachedTokens {
  const positions = graph.input('cache_positions', 'int64', ['B', 'S']);
  const cached = (name: (layer: number) => string): Value[] =>
    Array.from({ length: nLayers - from }, (_, i) =>
      graph.input(name(from + i), 'float32', ['B', nKeyValueHeads, 'S', dHead]),
    );
  return { from, positions, keys: cached(CACHED.key), values: cached(CACHED.value) };
}

/** A graph with one step and no outputs yet, and the values that later steps in the same graph need. */
export interface FirstStep extends StepGraph {
  readonly weights: Weights;
  readonly inputs: StepInputs;
  readonly out: StepOutputs;
}

export function firstStep(model: Model, intervention: Intervention): FirstStep {
  const graph = new Graph();
  const weights = model.loadToWrite?.(graph) ?? model.load(graph);
  const inputs = stepInputs(graph, model.dims, intervention);
  const out = step(model, weights, inputs);
  return { graph, weights, inputs, out, widths: hookWidths(graph, intervention) };
}

function stepInputs(
  graph: Graph,
  dims: ModelDims,
  { hook, steerAt, logitBias }: Intervention,
): StepInputs {
  const int64 = (name: string, shape: readonly string[]) => graph.input(name, 'int64', shape);
  const ids = int64('ids', ['B', 'T']);
  const positions = int64('positions', ['B', 'T']);
  const keyPositions = int64('key_positions', ['B', 'T']);
  const cache = cacheInputs(graph, dims);
  const lastRows = int64('last_rows', ['N']);
  return {
    ids,
    positions,
    keyPositions,
    cache,
    lastRows,
    edits: [
      ...(hook === undefined ? [] : [additionEdit(hook)]),
      ...(steerAt === undefined ? [] : [steeringEdit(steerAt, positions)]),
    ],
    sampling: samplingInputs(graph, logitBias),
  };
}

const samplingInputs = (graph: Graph, logitBias: Intervention['logitBias']): SamplingInputs => ({
  temperature: graph.input('temperature', 'float32', [1]),
  topP: graph.input('top_p', 'float32', [1]),
  k: graph.input('k', 'int64', [1]),
  uniform: graph.input('uniform', 'float32', ['N', 1]),
  logitBias,
});

const hookWidths = (graph: Graph, { hook, steerAt }: Intervention): HookWidths => ({
  additions: hook === undefined ? null : hookWidth(graph, hook),
  steering: steerAt === undefined ? null : hookWidth(graph, steerAt.hook),
});
