import { float32 } from '../graph/tensor.ts';
import { openSession } from '../runtime/session.ts';
import { type CoderShape, evaluationGraph } from './batch-topk.ts';
import { rowFeeds } from './coder-batches.ts';
import type { CoderData } from './coder-data.ts';

/** Quality of an SAE on some activations. */
export interface CoderQuality {
  /** Fraction of variance unexplained. */
  readonly fvu: number;
  /** Mean number of active features. */
  readonly l0: number;
  /** Share of features that are never active. */
  readonly dead: number;
}

/** Rows of one run of the graph. */
const ROWS = 2048;

/** Measure an SAE with one threshold for all features. @param rows those on which it is measured */
export async function evaluateCoder(
  shape: CoderShape,
  { parameters, threshold }: { readonly parameters: Float32Array; readonly threshold: number },
  { data, rows }: { readonly data: CoderData; readonly rows: Int32Array },
): Promise<CoderQuality> {
  await using session = await openSession(evaluationGraph(shape), { provider: 'cpu' });
  let [error, l0] = [0, 0];
  const fired = new Float64Array(shape.dSae);
  for (let start = 0; start < rows.length; start += ROWS) {
    const outputs = await session.run({
      parameters: float32(parameters, [parameters.length]),
      threshold: float32([threshold], [1]),
      ...rowFeeds(data, rows.subarray(start, start + ROWS)),
    });
    error += Number(outputs.error!.data[0]);
    l0 += Number(outputs.l0!.data[0]);
    (outputs.fired!.data as Float32Array).forEach((n, feature) => {
      fired[feature]! += n;
    });
  }
  return {
    fvu: error / rows.length / data.variance,
    l0: l0 / rows.length,
    dead: fired.filter((n) => n === 0).length / shape.dSae,
  };
}
