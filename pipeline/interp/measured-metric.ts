import { Graph } from '../graph/builder.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { batchesByLength, padLeft } from '../runtime/batch.ts';
import { type Addition, addAt, additionFeeds, widthAt } from '../runtime/intervention.ts';
import { openSession, type Provider } from '../runtime/session.ts';
import { logitDiff, type MetricReading, metricFeeds } from './logit-diff.ts';

/** A sequence that is read with additions made at a hook; nothing is sampled. */
export interface EditedReading extends MetricReading {
  readonly additions: readonly Addition[];
}

export interface MetricOptions {
  readonly provider: Provider;
  readonly batchSize: number;
}

/**
 * Measure the metric of every sequence as it is with its additions.
 * @param hook where all of them are made
 */
export async function measureMetric(
  model: Model,
  hook: string,
  readings: readonly EditedReading[],
  { provider, batchSize }: MetricOptions,
): Promise<number[]> {
  const graph = editedMetricGraph(model, hook);
  const width = widthAt(graph, hook);
  const session = await openSession(graph, { provider });
  const metrics = new Array<number>(readings.length);
  const lengths = readings.map(({ metricPos }) => metricPos);
  try {
    for (const indices of batchesByLength(lengths, batchSize)) {
      const part = indices.map((i) => readings[i]!);
      // What follows the metric's position cannot move it.
      const batch = padLeft(part.map(({ ids, metricPos }) => ids.slice(0, metricPos + 1)));
      const additions = part.map((reading) => reading.additions);
      const { metric } = await session.run({
        ...batch.feeds,
        ...metricFeeds(part, batch),
        ...additionFeeds(additions, batch, width),
      });
      indices.forEach((i, row) => {
        metrics[i] = Number(metric!.data[row]);
      });
    }
  } finally {
    await session.release();
  }
  return metrics;
}

/** The metric of every sequence, with additions at a hook. */
export function editedMetricGraph(model: Model, hook: string): Graph {
  const graph = new Graph();
  graph.output('metric', logitDiff(model, graph, forward(model, graph, { edit: addAt(hook) })));
  return graph;
}
