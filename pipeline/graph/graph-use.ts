import type { Graph } from './builder.ts';

/** Lengths of a graph's symbolic axes: `{ B: 8, T: 60 }`. */
export type Sizes = Readonly<Record<string, number>>;

/** A graph and the lengths of its symbolic axes when it runs, for planning memory (memory-use.ts). */
export interface GraphUse {
  /** What the graph computes, in one or two words. */
  readonly name: string;
  readonly graph: () => Graph;
  /**
   * The axis lengths of a run; several where one session runs the graph at several sizes, because the runtime does not
   * free memory between runs.
   * @param batchSize sequences in a batch
   */
  readonly sizes: (batchSize: number) => Sizes | readonly Sizes[];
}

/** The same use where there are only `sequences` sequences: no batch is larger. */
export const limitBatch = (sequences: number, use: GraphUse): GraphUse => ({
  ...use,
  sizes: (batchSize) => use.sizes(Math.min(batchSize, sequences)),
});
