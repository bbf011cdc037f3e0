import type { GraphUse } from '../graph/graph-use.ts';
import type { Model } from '../models/model.ts';
import { driverFor } from './generate.ts';
import type { Intervention } from './intervention.ts';
import { GROWTH } from './kv-cache.ts';
import { loopGraph } from './loop-graph.ts';
import { CHUNK } from './loop-steps.ts';
import type { Provider } from './session.ts';
import { stepGraph } from './step-graph.ts';

/** Lengths of what is generated, in tokens. */
export interface Generated {
  /** The longest prompt. */
  readonly prompt: number;
  /** The longest sequence, prompt and completion. */
  readonly list: number;
}

/** The likeliest tokens that sampling looks at, in all but the flattest distributions. */
const MOST_K = 512;

/** The graph of generation: it fills the cache, and takes steps, or chunks of steps, until the last. */
export function generationUse(
  model: Model,
  provider: Provider,
  { prompt, list }: Generated,
  intervention: Intervention = {},
): GraphUse {
  const loops = driverFor(provider) === 'loop';
  const k = Math.min(MOST_K, model.dims.dVocab);
  const turns = (n: number, recent: number) => (loops ? { turns: n, taken: n, R: recent } : {});
  return {
    name: 'generation',
    graph: () =>
      loops ? loopGraph(model, intervention, []).graph : stepGraph(model, intervention).graph,
    sizes: (B) => [
      { B, N: B, k, T: prompt, S: 1, E: B * prompt, ...turns(0, prompt) },
      { B, N: B, k, T: 1, S: list + GROWTH, E: 1, ...turns(CHUNK, CHUNK) },
    ],
  };
}
