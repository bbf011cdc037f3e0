import type { Keep } from '../../engine/kept.ts';

/** The metrics of some sets of layers, each measured once. */
export interface SetRun {
  /** [set][list]: the metric with the outputs of the set's layers swapped. */
  readonly metrics: readonly (readonly number[])[];
  /** [list]: the metric after the swapped prompt. */
  readonly source: readonly number[];
  readonly seconds: number;
}

/** Runs sets of layers; each set's layers are in ascending order. */
export type RunSets = (sets: readonly (readonly number[])[]) => Promise<SetRun>;

/** Measures sets of layers, each at most once, and keeps what it has measured. */
export class LayerSets {
  readonly #run: RunSets;
  readonly #keep: Keep;
  readonly #metrics = new Map<string, readonly number[]>();
  readonly #seconds = new Map<string, number>();
  /** [list]: the metric after the swapped prompt; empty before the first measurement. */
  source: readonly number[] = [];

  constructor(run: RunSets, keep: Keep) {
    this.#run = run;
    this.#keep = keep;
  }

  /** Measure the sets that were not measured before. @param name of this part of the work, in file names */
  async measure(name: string, sets: readonly (readonly number[])[]): Promise<void> {
    const unmeasured = new Map(sets.map((set) => [keyOf(set), set.toSorted((a, b) => a - b)]));
    for (const key of this.#metrics.keys()) unmeasured.delete(key);
    if (unmeasured.size === 0) return;
    const { metrics, source, seconds } = await this.#keep(name, () =>
      this.#run([...unmeasured.values()]),
    );
    this.source = source;
    for (const [i, key] of [...unmeasured.keys()].entries()) {
      this.#metrics.set(key, metrics[i]!);
      this.#seconds.set(key, seconds / unmeasured.size);
    }
  }

  /** [list]: the metric of a set. @throws where it was not measured */
  metrics(set: readonly number[]): readonly number[] {
    const metrics = this.#metrics.get(keyOf(set));
    if (metrics === undefined)
      throw new Error(`layers ${keyOf(set)}: not measured: measure them first`);
    return metrics;
  }

  /** What measuring these sets took. */
  seconds(sets: readonly (readonly number[])[]): number {
    return sets.reduce((sum, set) => sum + (this.#seconds.get(keyOf(set)) ?? 0), 0);
  }

  /** The share of the word's effect, over all lists, that a set carries over. */
  faithfulness(set: readonly number[]): number {
    const [base, metrics] = [this.metrics([]), this.metrics(set)];
    const part = metrics.reduce((sum, metric, list) => sum + metric - base[list]!, 0);
    return part / this.source.reduce((sum, metric, list) => sum + metric - base[list]!, 0);
  }

  /** The set whose share is nearest to the whole. */
  best(sets: readonly (readonly number[])[]): readonly number[] {
    const distance = (set: readonly number[]) => Math.abs(1 - this.faithfulness(set));
    return sets.reduce((a, b) => (distance(b) < distance(a) ? b : a));
  }
}

const keyOf = (set: readonly number[]): string => set.toSorted((a, b) => a - b).join(' ');

/** Number of sets of n among `layers`. */
export function countSets(layers: number, n: number): number {
  let count = 1;
  for (let i = 1; i <= n; i++) count = (count * (layers - n + i)) / i;
  return Math.round(count);
}

/** Every set of n among the first `layers` layers, each in ascending order. */
export function allSets(layers: number, n: number): number[][] {
  if (n === 0) return [[]];
  return Array.from({ length: layers }, (_, last) => last).flatMap((last) =>
    allSets(last, n - 1).map((set) => [...set, last]),
  );
}

/** n layers as evenly spread as whole numbers allow: the middles of n equal parts of the model. */
export const evenlySpread = (layers: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.floor(((i + 0.5) * layers) / n));

/** n different layers at random, in ascending order. */
export function randomLayers(layers: number, n: number, random: () => number): number[] {
  const left = Array.from({ length: layers }, (_, layer) => layer);
  const drawn = Array.from(
    { length: n },
    () => left.splice(Math.floor(random() * left.length), 1)[0]!,
  );
  return drawn.sort((a, b) => a - b);
}
