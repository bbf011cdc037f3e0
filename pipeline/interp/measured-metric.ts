import { Graph } from '../graph/builder.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { type Addition, additionEdit, additionFeeds, hookWidth } from '../runtime/intervention.ts';
import { floats } from '../runtime/outputs.ts';
import type { SaeSpec } from '../sae/sae.ts';
import { logitDiff, type MetricReading, metricFeeds } from './logit-diff.ts';
import { type Reader, readRows, type SequencesExtent } from './reader.ts';

/** A sequence that is read with additions made at a hook; nothing is sampled. */
export interface EditedReading extends MetricReading {
  readonly additions: readonly Addition[];
}

/**
 * Measure the metric of every sequence as it is with its additions.
 * @param hook where all of them are made
 */
export async function measureMetric(
  reader: Reader,
  hook: string,
  readings: readonly EditedReading[],
): Promise<number[]> {
  const graph = editedMetricGraph(reader.model, hook);
  const width = hookWidth(graph, hook);
  return readRows(reader, readings.map(upToMetric), {
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

/** What follows the metric's position cannot move it. */
const upToMetric = (reading: EditedReading): EditedReading => ({
  ...reading,
  ids: reading.ids.slice(0, reading.metricPos + 1),
});

/** The metric of every sequence, with additions at a hook. */
export function editedMetricGraph(model: Model, hook: string): Graph {
  const graph = new Graph();
  graph.output(
    'metric',
    logitDiff(model, graph, forward(model, graph, { edit: additionEdit(hook) })),
  );
  return graph;
}

/** Additions at the hook that an SAE rebuilds, at every position of a sequence at most. */
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
