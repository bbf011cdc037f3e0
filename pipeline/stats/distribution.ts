/** A distribution over tokens: the tokens of positive probability, and their probabilities, which sum to 1. */
export interface Distribution {
  readonly ids: Int32Array;
  readonly probs: Float64Array;
}

/** Entropy in nats. */
export function entropyOf({ probs }: Distribution): number {
  let sum = 0;
  for (const p of probs) sum -= p * Math.log(p);
  return sum;
}

/** The probability of one token. */
export function probabilityOf({ ids, probs }: Distribution, id: number): number {
  const index = ids.indexOf(id);
  return index < 0 ? 0 : probs[index]!;
}

/** KL(p ‖ q) = Σ p ln(p / q), in nats. */
export const klDivergence = ({ ids, probs }: Distribution, q: (id: number) => number): number =>
  probs.reduce((sum, p, i) => sum + p * Math.log(p / q(ids[i]!)), 0);
