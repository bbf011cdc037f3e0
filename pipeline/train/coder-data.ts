import { outlierBound } from '../stats/outliers.ts';
import { type Activations, rowNorms, type ScaledPair, scalePair } from './activations.ts';

/** What one SAE is trained on. */
export interface CoderData extends ScaledPair {
  /** [n]: weight of a row's squared error in the loss. */
  readonly weights: Float32Array;
  /** [n]: whether the norm of a row's output is an outlier. */
  readonly isOutlier: readonly boolean[];
}

/**
 * Scale activations for training. A row whose norm is an outlier weighs less, as if its error were that of a row at the
 * outliers' bound: at some layers one token in a hundred has two fifths of the variance.
 */
export function coderData(x: Activations, y: Activations): CoderData {
  const norms = rowNorms(y);
  const bound = outlierBound(norms);
  const pair = scalePair(x, y);
  return {
    ...pair,
    weights: Float32Array.from(norms, (norm) => Math.min(1, (bound / norm) ** 2) / pair.variance),
    isOutlier: Array.from(norms, (norm) => norm > bound),
  };
}
