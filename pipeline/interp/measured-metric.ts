import { Graph } from '../graph/builder.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { type Addition, additionEdit, additionFeeds, hookWidth } from '../runtime/intervention.ts';
import { floats } from '../runtime/outputs.ts';
import type { SaeSpec } from '../sae/sae.ts';
import { logitDiff, type MetricReading, metricFeeds } from './logit-diff.ts';
import { type Reader, readRows, type SequencesExtent } from './reader.ts';

/** A sequence with a metric, and vectors to add at a hook while it is read. */
export interface EditedReading extends MetricReading {
  readonly additions: readonly Addition[];
}

/**
 * Measure the metric of every sequence with its additions. Nothing is sampled: the sequence's tokens stay.
 * @param hook at which all additions are made
 * @returns in the order of the readings
 */
export async function measureMetric(
  reader: Reader,
  hook: string,
  readings: readonly EditedReading[],
): Promise<number[]> {
  const graph = editedMetricGraph(reader.model, hook);
  const width = hookWidth(graph, hook);
  return readRows(reader, readings.map(truncateAtMetric), {
    graph,
    order: 'by length',
    feeds: ({ sequences, batch }) => ({
      ...metricFeeds(sequences, batch),
      ...additionFeeds(
        sequences.map(({ additions }) => additions),
        batch,
        width,
      ),
    }),
    rows: (outputs) => [...floats(outputs, 'metric')],
  });
}

/** Tokens after the metric's position do not affect it. */
const truncateAtMetric = (reading: EditedReading): EditedReading => ({
  ...reading,
  ids: reading.ids.slice(0, reading.metricPos + 1),
});

/** Output `metric` [B, 1]: the metric of every sequence, with additions at a hook. */
export function editedMetricGraph(model: Model, hook: string): Graph {
  const graph = new Graph();
  graph.output(
    'metric',
    logitDiff(model, graph, forward(model, graph, { edit: additionEdit(hook) })),
  );
  return graph;
}

/** Additions at an SAE's output hook, at most at every position of a sequence. */
export const editedMetricUse = (
  model: Model,
  { id, outputHook }: SaeSpec,
  { tokens, sequences }: SequencesExtent,
): GraphUse =>
  limitBatch(sequences, {
    name: `${id} metric`,
    graph: () => editedMetricGraph(model, outputHook),
    sizes: (B) => ({ B, T: tokens, E: B * tokens }),
  });
