import { type MemoryUse, totalUse, useOf } from '../graph/memory-use.ts';
import type { Provider } from '../runtime/session.ts';
import type { Extent, Stage } from '../stages/stage.ts';

/** What a stage needs at its most demanding graph. */
export interface StagePlan {
  readonly stage: string;
  /** Sequences that run together; null for a stage that runs no graph. */
  readonly batchSize: number | null;
  /** The graph that needs most. */
  readonly graph: string | null;
  readonly use: MemoryUse;
}

/**
 * The largest batch of a stage that a device holds, no larger than the study's, with what it needs.
 * @param memory bytes of the device that graphs may use
 * @throws where not even one sequence fits
 */
export function planStage(stage: Stage, extent: Extent, memory: number): StagePlan {
  const uses = (stage.graphs?.(extent) ?? []).map((use) => ({ ...use, graph: use.graph() }));
  if (uses.length === 0) return withoutGraphs(stage);
  const { dVocab } = extent.model.dims;
  const at = (batchSize: number): StagePlan => {
    const needed = uses.map(({ name, graph, sizes }) => {
      return { graph: name, use: useOf(graph, sizes(batchSize), dVocab) };
    });
    const most = needed.reduce((a, b) => (totalUse(b.use) > totalUse(a.use) ? b : a));
    return { stage: stage.name, batchSize, ...most };
  };
  const fits = ({ use }: StagePlan) => totalUse(use) <= memory;
  const least = at(1);
  if (!fits(least)) throw new Error(tooSmall(least, extent.provider, memory));
  let [best, beyond] = [least, extent.study.batchSize + 1];
  while (beyond - best.batchSize! > 1) {
    const tried = at(Math.floor((best.batchSize! + beyond) / 2));
    if (fits(tried)) best = tried;
    else beyond = tried.batchSize!;
  }
  return best;
}

export const withoutGraphs = ({ name }: Stage): StagePlan => ({
  stage: name,
  batchSize: null,
  graph: null,
  use: NOTHING,
});

const tooSmall = ({ stage, graph, use }: StagePlan, provider: Provider, memory: number): string =>
  `stage ${stage} needs ${gigabytes(totalUse(use))} GB for one sequence (${graph}), and graphs may use ${gigabytes(memory)} GB of the ${provider} device: take a larger one, or name its memory with --memory`;

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
