import type { GraphUse } from '../graph/graph-use.ts';
import { largestMemoryUse, type MemoryUse, totalUse } from '../graph/memory-use.ts';

/** The batch size of a stage, and the memory that its largest graph needs. */
export interface StagePlan {
  readonly stage: string;
  /** Sequences in a batch; null for a stage that runs no graph. */
  readonly batchSize: number | null;
  /** Name of the graph that needs most memory; null for a stage that runs no graph. */
  readonly graph: string | null;
  /** Memory that this graph needs. */
  readonly use: MemoryUse;
}

/** The device that graphs run on. */
export interface Device {
  /** For error messages. */
  readonly name: string;
  /** Bytes that graphs may use. */
  readonly memory: number;
}

export interface BatchLimits {
  /** Largest number of sequences in a batch: that of the study. */
  readonly batchSize: number;
  /** Identifies logits: values whose last axis has this length. */
  readonly dVocab: number;
}

/**
 * Find the largest batch size, up to that of the study, at which the device has enough memory for every graph of a
 * stage.
 * @throws where it does not have enough for one sequence
 */
export function planGraphs(
  stage: string,
  graphs: readonly GraphUse[],
  { batchSize: largest, dVocab }: BatchLimits,
  device: Device,
): StagePlan {
  if (graphs.length === 0) return planWithoutGraphs(stage);
  const built = graphs.map((use) => ({ ...use, graph: use.graph() }));
  const planFor = (batchSize: number): StagePlan => {
    const uses = built.map(({ name, graph, sizes }) => {
      return { graph: name, use: largestMemoryUse(graph, sizes(batchSize), dVocab) };
    });
    const most = uses.reduce((a, b) => (totalUse(b.use) > totalUse(a.use) ? b : a));
    return { stage, batchSize, ...most };
  };
  return largestPlan(planFor, largest, device);
}

/** Binary search for the largest batch size whose plan fits the device. */
function largestPlan(
  planFor: (batchSize: number) => StagePlan,
  largest: number,
  device: Device,
): StagePlan {
  const fits = ({ use }: StagePlan) => totalUse(use) <= device.memory;
  let plan = planFor(1);
  if (!fits(plan)) throw new Error(tooSmall(plan, device));
  let [fitting, tooLarge] = [1, largest + 1];
  while (tooLarge - fitting > 1) {
    const middle = Math.floor((fitting + tooLarge) / 2);
    const candidate = planFor(middle);
    if (fits(candidate)) [plan, fitting] = [candidate, middle];
    else tooLarge = middle;
  }
  return plan;
}

export const planWithoutGraphs = (stage: string): StagePlan => ({
  stage,
  batchSize: null,
  graph: null,
  use: NOTHING,
});

const tooSmall = ({ stage, graph, use }: StagePlan, { name, memory }: Device): string =>
  `stage ${stage} needs ${gigabytes(totalUse(use))} GB for one sequence (${graph}), and graphs may use ${gigabytes(memory)} GB of the ${name} device: use a larger device, or give its memory with --memory`;

/** Bytes in GB, as text. */
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
