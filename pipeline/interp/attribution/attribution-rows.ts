import type { ActiveFeature } from '../set-features.ts';
import { placeOf } from './active-cells.ts';
import type { Attribution } from './attribution.ts';
import type { Part, RankingLengths } from './attribution-reading.ts';
import type { CountedPlaces } from './counted-places.ts';
import { Largest } from './largest.ts';

export interface AttributedFeature extends ActiveFeature {
  /** Its activation where the path starts: 0, or that after the swapped prompt. */
  readonly startAct: number;
  /** What its value adds to the metric over that at the path's start; positive where it raises the metric. */
  readonly attribution: number;
  /** The same to first order: the change of its value times the gradient at the list as it is. */
  readonly gradient: number;
}

/** The metric at the ends of a path. */
export interface PathMetrics {
  /** Null where it was not measured, as by the method `gradient`. */
  readonly start: number | null;
  /** Of the sequence as it is. */
  readonly end: number;
  /** Points of the path at which the gradient was taken. */
  readonly points: number;
}

/**
 * Attribution of one sequence's metric to one SAE, at counted positions. Rankings contain only features to which something
 * is attributed.
 */
export interface AttributionRow {
  /** Largest attributions above 0, in descending order. */
  readonly byValue: readonly AttributedFeature[];
  /** Largest magnitudes, in descending order. */
  readonly byMagnitude: readonly AttributedFeature[];
  /** Largest magnitudes of `gradient`, in descending order. */
  readonly byGradient: readonly AttributedFeature[];
  /** Largest attributions above 0 within each part, in descending order. */
  readonly byPart: Readonly<Record<Part, readonly AttributedFeature[]>>;
  /** [d_sae]: attribution of each feature, summed over positions. */
  readonly featureSums: Float32Array;
  /** [d_sae]: `gradient` of each feature, summed over positions. */
  readonly gradientSums: Float32Array;
  /** [d_sae]: greatest activation of each feature. */
  readonly maxActs: Float32Array;
  /** Terms of the attribution at each counted position. */
  readonly byPosition: readonly PositionShares[];
  readonly metrics: PathMetrics;
}

/**
 * What the parts of an activation add to the metric: all features by attribution, and to first order by the gradient;
 * the SAE's error term, the decoder's bias, and the skip connection, null where there is none, to first order. Where
 * features start at 0, `gradient` and the last three add up to the gradient times the output hook's value.
 */
export interface Shares {
  readonly features: number;
  readonly gradient: number;
  readonly error: number;
  readonly bias: number;
  readonly skip: number | null;
}

export interface PositionShares extends Shares {
  readonly pos: number;
}

/** What a batch has of one SAE. */
export interface BatchAttribution {
  readonly attribution: Attribution;
  readonly places: CountedPlaces;
  /** [row] */
  readonly metrics: readonly PathMetrics[];
}

/** The attributions of one sequence of a batch. @param lengths number of tokens of each part of the sequence */
export function attributionRow(
  of: BatchAttribution,
  row: number,
  lengths: Readonly<Record<Part, number>>,
  tops: RankingLengths,
): AttributionRow {
  const { attributions, gradients, cells } = of.attribution;
  const { value, magnitude, gradient, prompt, prefix } = rankCells(of, row, lengths, tops);
  const sum = (values: Float32Array) => perFeature(of, row, (total, cell) => total + values[cell]!);
  const featureSums = sum(attributions);
  const isIntegrated = attributions !== gradients;
  return {
    byValue: featuresOf(of, row, value),
    byMagnitude: featuresOf(of, row, magnitude),
    byGradient: featuresOf(of, row, isIntegrated ? gradient : magnitude),
    byPart: { prompt: featuresOf(of, row, prompt), prefix: featuresOf(of, row, prefix) },
    featureSums,
    gradientSums: isIntegrated ? sum(gradients) : featureSums,
    maxActs: perFeature(of, row, (max, cell) => Math.max(max, cells.acts[cell]!)),
    byPosition: positionShares(of, row),
    metrics: of.metrics[row]!,
  };
}

/** The cells of each ranking of one sequence, by one pass over its cells. */
function rankCells(
  { attribution: { cells, attributions, gradients }, places }: BatchAttribution,
  row: number,
  lengths: Readonly<Record<Part, number>>,
  { top, topOfPart }: RankingLengths,
) {
  const [value, magnitude, gradient] = [new Largest(top), new Largest(top), new Largest(top)];
  const [prompt, prefix] = [new Largest(topOfPart), new Largest(topOfPart)];
  for (let place = places.starts[row]!; place < places.starts[row + 1]!; place++) {
    const pos = places.position(row, place);
    for (let cell = cells.starts[place]!; cell < cells.starts[place + 1]!; cell++) {
      const attributed = attributions[cell]!;
      value.offer(attributed, cell);
      magnitude.offer(Math.abs(attributed), cell);
      gradient.offer(Math.abs(gradients[cell]!), cell);
      if (pos < lengths.prompt) prompt.offer(attributed, cell);
      if (pos < lengths.prefix) prefix.offer(attributed, cell);
    }
  }
  return { value, magnitude, gradient, prompt, prefix };
}

/** Cells of one sequence, with where they are. */
function featuresOf(
  { attribution: { cells, attributions, gradients }, places }: BatchAttribution,
  row: number,
  { ids }: Pick<Largest, 'ids'>,
): AttributedFeature[] {
  return ids.map((cell) => ({
    pos: places.position(row, placeOf(cells, cell)),
    feature: cells.features[cell]!,
    featureAct: cells.acts[cell]!,
    startAct: cells.startActs[cell]!,
    attribution: attributions[cell]!,
    gradient: gradients[cell]!,
  }));
}

/** [d_sae]: a value of each feature over all places of one sequence, from 0. @param next from a feature's value so far, and a cell of it */
function perFeature(
  { attribution: { cells }, places }: BatchAttribution,
  row: number,
  next: (value: number, cell: number) => number,
): Float32Array {
  const values = new Float32Array(cells.dSae);
  const [start, end] = [places.starts[row]!, places.starts[row + 1]!].map((p) => cells.starts[p]!);
  for (let cell = start!; cell < end!; cell++) {
    const feature = cells.features[cell]!;
    values[feature] = next(values[feature]!, cell);
  }
  return values;
}

function positionShares(
  { attribution: { terms }, places }: BatchAttribution,
  row: number,
): PositionShares[] {
  const start = places.starts[row]!;
  return Array.from({ length: places.starts[row + 1]! - start }, (_, i) => ({
    pos: places.position(row, start + i),
    features: terms.features[start + i]!,
    gradient: terms.gradient[start + i]!,
    error: terms.error[start + i]!,
    bias: terms.bias[start + i]!,
    skip: terms.skip && terms.skip[start + i]!,
  }));
}
