import { Graph } from '../../graph/builder.ts';
import { square } from '../../graph/functions.ts';
import { reshape } from '../../graph/layout.ts';
import { mul, reduceSum, sqrt } from '../../graph/ops.ts';
import { forward } from '../../models/forward.ts';
import type { Model } from '../../models/model.ts';
import { floats } from '../../runtime/outputs.ts';
import { openSession } from '../../runtime/session.ts';
import { checkHooks, type SaeSpec } from '../../sae/sae.ts';
import { outlierBound } from '../../stats/outliers.ts';
import { type Reader, type Sequence, sequenceBatches } from '../reader.ts';

/** What the values of one hook are like, over the counted positions of all sequences. */
export interface HookStatistics {
  /** [d]: their mean. */
  readonly mean: Float32Array;
  /** The norm above which a value is an outlier. */
  readonly outlierBound: number;
}

const normOf = (hook: string) => `norm of ${hook}`;
const sumOf = (hook: string) => `sum of ${hook}`;

/**
 * The statistics of every hook that some SAEs rebuild, from one forward pass.
 * @param onProgress called with the number of sequences that are done
 */
export async function readHookStatistics(
  reader: Reader,
  saes: readonly SaeSpec[],
  sequences: readonly Sequence[],
  onProgress?: (done: number) => void,
): Promise<ReadonlyMap<string, HookStatistics>> {
  const widths = new Map(saes.map(({ outputHook, dOut }) => [outputHook, dOut]));
  const norms = new Map([...widths.keys()].map((hook) => [hook, [] as number[]]));
  const sums = new Map([...widths].map(([hook, width]) => [hook, new Float64Array(width)]));
  await using session = await openSession(statisticsGraph(reader.model, saes), reader);
  let done = 0;
  for (const { batch, sequences: rows } of sequenceBatches(reader, sequences)) {
    const counted = batch.mask(reader.uncounted);
    const outputs = await session.run({ ...batch.feeds, counted });
    for (const hook of widths.keys()) {
      rows.forEach((_, row) => {
        const ofRow = batch.unpadded(floats(outputs, normOf(hook)), row, {
          from: reader.uncounted,
        });
        norms.get(hook)!.push(...ofRow);
      });
      const total = sums.get(hook)!;
      floats(outputs, sumOf(hook)).forEach((value, i) => {
        total[i]! += value;
      });
    }
    done += rows.length;
    onProgress?.(done);
  }
  return new Map(
    [...widths.keys()].map((hook) => {
      const ofHook = norms.get(hook)!;
      const mean = Float32Array.from(sums.get(hook)!, (sum) => sum / ofHook.length);
      return [hook, { mean, outlierBound: outlierBound(ofHook) }];
    }),
  );
}

/** Outputs for each hook: the norm of its value [B, T], and the sum of its values at counted positions [d]. */
function statisticsGraph(model: Model, saes: readonly SaeSpec[]): Graph {
  const graph = new Graph();
  forward(model, graph);
  for (const sae of saes) checkHooks(sae, graph);
  const counted = graph.input('counted', 'float32', ['B', 'T', 1]);
  for (const hook of new Set(saes.map(({ outputHook }) => outputHook))) {
    const value = graph.find(hook);
    graph.output(normOf(hook), reshape(sqrt(reduceSum(square(value), [-1])), ['B', 'T']));
    graph.output(
      sumOf(hook),
      reshape(reduceSum(mul(value, counted), [0, 1]), [value.shape.at(-1)!]),
    );
  }
  return graph;
}
