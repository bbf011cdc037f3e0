/** A point of a path from 0 to 1: a function's value there, and its slope. */
export interface PathPoint {
  /** From 0 to 1. */
  readonly at: number;
  readonly value: number;
  readonly slope: number;
}

/** A part of a path that Simpson's rule is applied to. */
export type Segment<P extends PathPoint> = readonly [start: P, middle: P, end: P];

export interface Accuracy {
  /** Largest error, as a share of how much the function rises and falls in all. */
  readonly relative: number;
  /** Errors below this are none: the function's own rounding. */
  readonly absolute: number;
}

/**
 * The part of a path to bisect next, for the integral of the slope over the path by Simpson's rule. The function's values
 * tell the error of each part exactly: the slope's integral is the difference between its ends.
 * @returns its index; null where the integral is accurate enough
 */
export function segmentToBisect(
  segments: readonly Segment<PathPoint>[],
  { relative, absolute }: Accuracy,
): number | null {
  const errors = segments.map(errorOf);
  const error = errors.reduce((sum, each) => sum + each, 0);
  const variation = segments.reduce((sum, segment) => sum + variationOf(segment), 0);
  return error <= Math.max(absolute, relative * variation)
    ? null
    : errors.indexOf(Math.max(...errors));
}

/** The weight of every point in the mean over the path. */
export function simpsonWeights<P extends PathPoint>(
  segments: readonly Segment<P>[],
): ReadonlyMap<P, number> {
  const weights = new Map<P, number>();
  for (const segment of segments)
    for (const [i, point] of segment.entries())
      weights.set(point, (weights.get(point) ?? 0) + SIMPSON[i]! * lengthOf(segment));
  return weights;
}

const SIMPSON = [1 / 6, 4 / 6, 1 / 6];

const lengthOf = ([start, , end]: Segment<PathPoint>): number => end.at - start.at;

function errorOf(segment: Segment<PathPoint>): number {
  const slope = segment.reduce((sum, point, i) => sum + SIMPSON[i]! * point.slope, 0);
  const [start, , end] = segment;
  return Math.abs(slope * lengthOf(segment) - (end.value - start.value));
}

const variationOf = ([start, middle, end]: Segment<PathPoint>): number =>
  Math.abs(middle.value - start.value) + Math.abs(end.value - middle.value);
