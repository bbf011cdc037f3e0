import type { GraphUse } from '../graph/graph-use.ts';
import type { Model } from '../models/model.ts';
import { BATCH_FACTOR, driverFor } from './generate.ts';
import type { Intervention } from './intervention.ts';
import { GROWTH } from './kv-cache.ts';
import { DEFAULT_CHUNK } from './loop-driver.ts';
import { loopGraph } from './loop-graph.ts';
import type { Provider } from './session.ts';
import { stepGraph } from './step-graph.ts';

/** The largest sizes of a generation, in tokens. */
export interface GenerationExtent {
  /** The longest prompt. */
  readonly prompt: number;
  /** The longest sequence of prompt and completion. */
  readonly list: number;
}

/** The largest k that nucleus sampling needs, except for very flat distributions. */
const LARGEST_K = 512;

/** The graph of generation at its two largest sizes: when the prompts fill the cache, and in the last step or chunk. */
export function generationUse(
  model: Model,
  provider: Provider,
  { prompt, list }: GenerationExtent,
  intervention: Intervention = {},
): GraphUse {
  const loops = driverFor(provider) === 'loop';
  const k = Math.min(LARGEST_K, model.dims.dVocab);
  const loopSizes = (iterations: number, recent: number) =>
    loops ? { turns: iterations, taken: iterations, R: recent } : {};
  return {
    name: 'generation',
    graph: () =>
      loops ? loopGraph(model, intervention, []).graph : stepGraph(model, intervention).graph,
    sizes: (B) => [
      { B, N: B, k, T: prompt, S: 1, E: B * prompt, ...loopSizes(0, prompt) },
      { B, N: B, k, T: 1, S: list + GROWTH, E: 1, ...loopSizes(DEFAULT_CHUNK, DEFAULT_CHUNK) },
    ],
  };
}

/** A graph's memory use at the batch size of generation. */
export const atGenerationBatch = (use: GraphUse): GraphUse => ({
  ...use,
  sizes: (B) => use.sizes(B * BATCH_FACTOR),
});
