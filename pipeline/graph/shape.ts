import type { Dim, Shape } from './builder.ts';

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** The shape of an elementwise result (NumPy's broadcasting; a symbol matches itself or 1). */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    throw new Error(`shapes [${a}] and [${b}] do not broadcast`);
  });
}

/** Axes of `from` that `to`, aligned at the right, lacks or has with length 1: those that broadcasting `to` copied. */
export function broadcastAxes(from: Shape, to: Shape): number[] {
  const lead = from.length - to.length;
  return from.flatMap((d, i) => (i < lead || (to[i - lead] === 1 && d !== 1) ? [i] : []));
}

/** The index of an axis, where -1 means the last. @throws where the shape has no such axis */
export function nonNegativeAxis(shape: Shape, axis: number): number {
  const index = axis < 0 ? axis + shape.length : axis;
  if (index < 0 || index >= shape.length)
    throw new Error(`axis ${axis} is outside shape [${shape}]`);
  return index;
}

/** Whether every axis has a number for its length. */
export const hasKnownLengths = (shape: Shape): shape is readonly number[] =>
  shape.every((d) => typeof d === 'number');

/**
 * The length of an axis that must be a number.
 * @param what needs it, for the error message
 */
export const knownLength = (dim: Dim | undefined, what: string): number => {
  if (typeof dim !== 'number') throw new Error(`${what} needs a known length, got ${dim}`);
  return dim;
};

/** The product of axis lengths: a number where all are numbers, else a derived symbol ('B*T'). */
export function product(dims: Shape): Dim {
  const n = dims.reduce<number>((a, d) => (typeof d === 'number' ? a * d : a), 1);
  const symbols = dims.filter((d) => typeof d === 'string');
  if (symbols.length === 0) return n;
  return n === 1 ? symbols.join('*') : `${n}*${symbols.join('*')}`;
}

/** The shape with another length of one axis. */
export const replaceAxis = (shape: Shape, axis: number, dim: Dim): Shape =>
  shape.map((d, i) => (i === axis ? dim : d));
