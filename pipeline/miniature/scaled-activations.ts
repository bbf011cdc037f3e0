import { type Activations, type ScaledPair, scalePair } from '../train/activations.ts';

/** What one SAE of the miniature is trained on. */
export interface ScaledActivations extends ScaledPair {
  /** [n]: weight of a row's squared error in the loss. */
  readonly weights: Float32Array;
}

/** @param kinds [n]: kind of token of each row */
export function scaleActivations(
  x: Activations,
  y: Activations,
  kinds: Uint8Array,
): ScaledActivations {
  const pair = scalePair(x, y);
  return { ...pair, weights: rowWeights(y, pair.yScale, kinds, pair.variance) };
}

/** Share of a row's weight that depends on its kind of token. */
const KIND_SHARE = 0.5;

/**
 * One half of a row's weight is the inverse of the variance over all rows, the other half the inverse of the variance
 * over rows of the same kind of token. Without the second half, the SAE would neglect the small differences between
 * hyphens, which encode the items already used and so determine the next item.
 */
function rowWeights(
  activations: Activations,
  scale: number,
  kinds: Uint8Array,
  variance: number,
): Float32Array {
  const varianceOf = variancesByKind(activations, scale, kinds);
  const floor = variance / 100;
  return Float32Array.from(
    kinds,
    (kind) => (1 - KIND_SHARE) / variance + KIND_SHARE / Math.max(varianceOf.get(kind)!, floor),
  );
}

/** The variance of scaled rows around their mean, for each kind of token. */
function variancesByKind(
  { n, width, data }: Activations,
  scale: number,
  kinds: Uint8Array,
): Map<number, number> {
  const totals = new Map<number, { n: number; squares: number; sums: Float64Array }>();
  for (let row = 0; row < n; row++) {
    const total = totals.get(kinds[row]!) ?? { n: 0, squares: 0, sums: new Float64Array(width) };
    totals.set(kinds[row]!, total);
    total.n += 1;
    for (let i = 0; i < width; i++) {
      const value = data[row * width + i]! * scale;
      total.sums[i]! += value;
      total.squares += value * value;
    }
  }
  return new Map(
    [...totals].map(([kind, { n, squares, sums }]) => {
      const squareOfMean = sums.reduce((sum, total) => sum + total * total, 0) / n;
      return [kind, (squares - squareOfMean) / n];
    }),
  );
}
