import type { Graph } from './builder.ts';

/** Lengths of a graph's symbolic axes: `{ B: 8, T: 60 }`. */
export type Sizes = Readonly<Record<string, number>>;

/** A graph, and how long its symbolic axes get when it runs: what memory is planned from (memory-use.ts). */
export interface GraphUse {
  /** What it does, in a word or two. */
  readonly name: string;
  readonly graph: () => Graph;
  /**
   * Several where it runs at several sizes in turn: the runtime keeps what it has once taken.
   * @param batchSize sequences that run together
   */
  readonly sizes: (batchSize: number) => Sizes | readonly Sizes[];
}

/** A graph for which there are no more than `n` sequences. */
export const upTo = (n: number, use: GraphUse): GraphUse => ({
  ...use,
  sizes: (batchSize) => use.sizes(Math.min(batchSize, n)),
});
