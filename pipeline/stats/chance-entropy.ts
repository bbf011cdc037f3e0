import { shannonIndexOfCounts } from './shannon-index.ts';

/** How the labels of items drawn at random are simulated. */
export interface ChanceOptions {
  readonly draws: number;
  /** Uniform draws on [0, 1). */
  readonly random: () => number;
}

/**
 * A permutation test of whether items with a property share their labels more than chance would have it: the share of
 * random draws of as many items, without replacement, whose labels have an entropy as low or lower. What was observed
 * counts as one draw, so that the share is never 0.
 *
 * Source: Phipson & Smyth (2010), Permutation p-values should never be zero.
 *
 * @param labels the label of every item: the topic of every list
 * @returns a function of the number of items of each label that have the property; it simulates each total once
 */
export function concentrationTest(
  labels: readonly string[],
  { draws, random }: ChanceOptions,
): (counts: readonly number[]) => number {
  const names = [...new Set(labels)];
  const codes = Int32Array.from(labels, (label) => names.indexOf(label));
  const byTotal = new Map<number, readonly number[]>();
  const simulate = (n: number) =>
    Array.from({ length: draws }, () => drawnEntropy(codes, names.length, n, random));
  return (counts) => {
    const n = counts.reduce((a, b) => a + b, 0);
    const chance = byTotal.get(n) ?? simulate(n);
    byTotal.set(n, chance);
    const observed = shannonIndexOfCounts(counts) + ROUNDING;
    return (1 + chance.filter((entropy) => entropy <= observed).length) / (1 + draws);
  };
}

/** Equal entropies differ by no more than this. */
const ROUNDING = 1e-9;

/** The entropy of the labels of `n` items drawn without replacement, in nats. `codes` is reordered. */
function drawnEntropy(codes: Int32Array, nLabels: number, n: number, random: () => number): number {
  const counts = new Array<number>(nLabels).fill(0);
  for (let i = 0; i < n; i++) {
    const j = i + Math.floor(random() * (codes.length - i));
    [codes[i], codes[j]] = [codes[j]!, codes[i]!];
    counts[codes[i]!]! += 1;
  }
  return shannonIndexOfCounts(counts);
}
