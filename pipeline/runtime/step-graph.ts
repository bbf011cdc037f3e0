import { Graph, type Value } from '../graph/builder.ts';
import type { Model } from '../models/model.ts';
import type { Weights } from '../models/weights.ts';
import { addAt, type Intervention, steer, widthAt } from './intervention.ts';
import { CACHED, NEW } from './kv-cache.ts';
import { type StepInputs, type StepOutputs, step } from './step.ts';

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
export function stepGraph(model: Model, intervention: Intervention = {}): StepGraph {
  const { graph, out, widths } = firstStep(model, intervention);
  out.keys.forEach((keys, layer) => {
    graph.output(NEW.key(layer), keys);
    graph.output(NEW.value(layer), out.values[layer]!);
  });
  graph.output('mass', out.mass);
  graph.output('token', out.token);
  return { graph, widths };
}

/** A step in a graph of its own, with what others after it are made of. */
export interface FirstStep extends StepGraph {
  readonly weights: Weights;
  readonly inputs: StepInputs;
  readonly out: StepOutputs;
}

export function firstStep(model: Model, intervention: Intervention): FirstStep {
  const { hook, steerAt, logitBias } = intervention;
  const graph = new Graph();
  const weights = model.load(graph);
  const { nLayers, nKeyValueHeads, dHead } = model.dims;
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
  const scalar = (name: string) => graph.input(name, 'float32', [1]);
  const inputs: StepInputs = {
    ids,
    positions,
    keyPositions,
    cache: {
      keys: cached(CACHED.key),
      values: cached(CACHED.value),
      positions: cachePositions,
    },
    lastRows,
    edits: [
      ...(hook === undefined ? [] : [addAt(hook)]),
      ...(steerAt === undefined ? [] : [steer(steerAt, positions)]),
    ],
    sampling: {
      temperature: scalar('temperature'),
      topP: scalar('top_p'),
      k: graph.input('k', 'int64', [1]),
      uniform: graph.input('uniform', 'float32', ['N', 1]),
      logitBias,
    },
  };
  const out = step(model, weights, inputs);
  const width = (at?: string) => (at === undefined ? null : widthAt(graph, at));
  const widths = { additions: width(hook), steering: width(steerAt?.hook) };
  return { graph, weights, inputs, out, widths };
}
