/** Adam's running moments of the gradient of one flat parameter vector. */
export interface AdamState {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

export const startAdam = (size: number): AdamState => ({
  mean: new Float32Array(size),
  variance: new Float32Array(size),
});

const BETA1 = 0.9;
const BETA2 = 0.99;
const EPSILON = 1e-8;
const MAX_NORM = 1;

/**
 * One step of Adam, in place, with the gradient clipped to unit norm. Source: Kingma & Ba (2015), algorithm 1.
 * @param step counts from 1
 * @returns the gradient's norm before clipping
 */
export function adamStep(
  parameters: Float32Array,
  gradient: Float32Array,
  { mean, variance }: AdamState,
  { step, rate }: { readonly step: number; readonly rate: number },
): number {
  let squares = 0;
  for (let i = 0; i < gradient.length; i++) squares += gradient[i]! * gradient[i]!;
  const norm = Math.sqrt(squares);
  const clip = Math.min(1, MAX_NORM / norm);
  const scale = (rate * Math.sqrt(1 - BETA2 ** step)) / (1 - BETA1 ** step);
  for (let i = 0; i < gradient.length; i++) {
    const g = gradient[i]! * clip;
    const m = BETA1 * mean[i]! + (1 - BETA1) * g;
    const v = BETA2 * variance[i]! + (1 - BETA2) * g * g;
    mean[i] = m;
    variance[i] = v;
    parameters[i]! -= (scale * m) / (Math.sqrt(v) + EPSILON);
  }
  return norm;
}
