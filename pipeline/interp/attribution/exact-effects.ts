import type { Sae } from '../../sae/sae.ts';
import type { MetricReading } from '../logit-diff.ts';
import { type EditedReading, measureMetric } from '../measured-metric.ts';
import type { Reader } from '../reader.ts';
import { setFeatures } from '../set-features.ts';
import type { AttributedFeature } from './attribution-rows.ts';

/** A feature at one position of a sequence whose value is changed alone. */
export interface Cell extends AttributedFeature {
  readonly reading: MetricReading;
  /** The metric with nothing changed. */
  readonly metric: number;
}

/**
 * By how much the metric changes when a feature at one position is set to its value at the path's start, each cell by
 * itself: one forward pass for each. Everything after it is free to change.
 * @returns in the order of the cells
 */
export async function exactEffects(
  reader: Reader,
  sae: Sae,
  cells: readonly Cell[],
): Promise<number[]> {
  const readings = cells.map(({ reading, startAct, ...feature }): EditedReading => {
    const additions = setFeatures(reader, sae, [{ ...feature, value: startAct }]);
    return { ...reading, additions };
  });
  if (readings.length === 0) return [];
  const metrics = await measureMetric(reader, sae.outputHook, readings);
  return metrics.map((metric, i) => metric - cells[i]!.metric);
}
