import { Graph } from '../graph/builder.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import type { Model } from '../models/model.ts';
import { floats } from '../runtime/outputs.ts';
import type { SaeSpec } from '../sae/sae.ts';
import { unchangedGraph } from './hook-values.ts';
import { logitDiff, type MetricReading, metricFeeds } from './logit-diff.ts';
import type { Reader, SequencesExtent } from './reader.ts';
import { type AddedSequence, forwardFrom, readRowsFrom } from './run-from-hook.ts';

/** A sequence with a metric, and vectors to add at a hook while it is read. */
export interface EditedReading extends MetricReading, AddedSequence {}

/**
 * Measure the metric of every sequence with its additions. Nothing is sampled: the sequence's tokens stay.
 * @param hook at which all additions are made
 * @param onProgress is given the number of readings that are done
 * @returns in the order of the readings
 */
export const measureMetric = (
  reader: Reader,
  hook: string,
  readings: readonly EditedReading[],
  onProgress?: (done: number) => void,
): Promise<number[]> =>
  readRowsFrom(reader, readings.map(truncateAtMetric), {
    hook,
    graph: editedMetricGraph(reader.model, hook),
    feeds: ({ sequences, batch }) => metricFeeds(sequences, batch),
    rows: (outputs) => [...floats(outputs, 'metric')],
    onProgress,
  });

/** Tokens after the metric's position do not affect it. */
const truncateAtMetric = (reading: EditedReading): EditedReading => ({
  ...reading,
  ids: reading.ids.slice(0, reading.metricPos + 1),
});

/**
 * Output `metric` [B, 1]: the metric of every sequence, with additions at a hook. Layers below the hook do not run.
 *
 * Inputs: those of `forwardFrom`, and the metric.
 */
export function editedMetricGraph(model: Model, hook: string): Graph {
  const graph = new Graph();
  graph.output('metric', logitDiff(model, graph, forwardFrom(model, graph, hook)));
  return graph;
}

/** The graphs of `measureMetric`, with additions at an SAE's output hook, at most at every position of a sequence. */
export const editedMetricUses = (
  model: Model,
  { id, outputHook }: SaeSpec,
  { tokens, sequences }: SequencesExtent,
): GraphUse[] =>
  [unchangedGraph, editedMetricGraph].map((graph, i) =>
    limitBatch(sequences, {
      name: i === 0 ? `${id} values` : `${id} metric`,
      graph: () => graph(model, outputHook),
      // Besides a batch, the keys and values of as many sequences are kept.
      sizes: (B) => ({ B, T: tokens, S: tokens, E: B * tokens }),
    }),
  );
