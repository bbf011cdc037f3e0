import type { GraphUse } from '../graph/graph-use.ts';
import { largestMemoryUse, type MemoryUse, totalUse } from '../graph/memory-use.ts';

/** What a stage needs at its most demanding graph. */
export interface StagePlan {
  readonly stage: string;
  /** Sequences that run together; null for a stage that runs no graph. */
  readonly batchSize: number | null;
  /** The graph that needs most. */
  readonly graph: string | null;
  readonly use: MemoryUse;
}

/** Where graphs run, and how they may be batched. */
export interface Device {
  /** What it is called in errors. */
  readonly name: string;
  /** Bytes that graphs may use. */
  readonly memory: number;
}

export interface Batches {
  /** Sequences that run together at most. */
  readonly batchSize: number;
  /** By which logits are told from other values. */
  readonly dVocab: number;
}

/**
 * The largest batch that a device holds of every graph of a stage, no larger than the study's, with what it needs.
 * @throws where not even one sequence fits
 */
export function planGraphs(
  stage: string,
  graphs: readonly GraphUse[],
  { batchSize: most, dVocab }: Batches,
  device: Device,
): StagePlan {
  if (graphs.length === 0) return withoutGraphs(stage);
  const uses = graphs.map((use) => ({ ...use, graph: use.graph() }));
  const planFor = (batchSize: number): StagePlan => {
    const needed = uses.map(({ name, graph, sizes }) => {
      return { graph: name, use: largestMemoryUse(graph, sizes(batchSize), dVocab) };
    });
    const largest = needed.reduce((a, b) => (totalUse(b.use) > totalUse(a.use) ? b : a));
    return { stage, batchSize, ...largest };
  };
  const fits = ({ use }: StagePlan) => totalUse(use) <= device.memory;
  let [best, size, beyond] = [planFor(1), 1, most + 1];
  if (!fits(best)) throw new Error(tooSmall(best, device));
  while (beyond - size > 1) {
    const middle = Math.floor((size + beyond) / 2);
    const tried = planFor(middle);
    if (fits(tried)) [best, size] = [tried, middle];
    else beyond = middle;
  }
  return best;
}

export const withoutGraphs = (stage: string): StagePlan => ({
  stage,
  batchSize: null,
  graph: null,
  use: NOTHING,
});

const tooSmall = ({ stage, graph, use }: StagePlan, { name, memory }: Device): string =>
  `stage ${stage} needs ${gigabytes(totalUse(use))} GB for one sequence (${graph}), and graphs may use ${gigabytes(memory)} GB of the ${name} device: take a larger one, or name its memory with --memory`;

export const gigabytes = (bytes: number): string =>
  (bytes / 1e9).toFixed(bytes < 1e7 ? 4 : bytes < 1e10 ? 2 : 1);

const NOTHING: MemoryUse = {
  weights: 0,
  cache: 0,
  activations: 0,
  gradients: 0,
  sae: 0,
  logits: 0,
};
