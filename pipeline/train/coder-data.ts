import { outlierBound } from '../stats/outliers.ts';
import { type Activations, columnMeans, rms, rowNorms } from './activations.ts';

/** The inputs and outputs of one SAE; the same activations, or those of two hooks for a transcoder. */
export interface CoderData {
  readonly x: Activations;
  readonly y: Activations;
  /** Factors to unit RMS. */
  readonly xScale: number;
  readonly yScale: number;
  /** [dIn], [dOut]: means of the scaled columns. */
  readonly xMean: Float64Array;
  readonly yMean: Float64Array;
  /** Mean of ‖y − mean‖² over rows, scaled. */
  readonly variance: number;
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
  const isOutlier = Array.from(norms, (norm) => norm > bound);
  const xScale = 1 / rms(x);
  const yScale = 1 / rms(y);
  const yMean = columnMeans(y).map((mean) => mean * yScale);
  const variance = y.width - yMean.reduce((sum, mean) => sum + mean * mean, 0);
  return {
    x,
    y,
    xScale,
    yScale,
    xMean: columnMeans(x).map((mean) => mean * xScale),
    yMean,
    variance,
    weights: Float32Array.from(norms, (norm) => Math.min(1, (bound / norm) ** 2) / variance),
    isOutlier,
  };
}
