import { int64 } from '../graph/tensor.ts';
import type { Model } from '../models/model.ts';
import { checkFinite, type Driver, type DriverOptions, stepFeeds, widening } from './driver.ts';
import { newNames } from './kv-cache.ts';
import { openSession } from './session.ts';
import { stepGraph } from './step-graph.ts';

/**
 * The host drives: one run of the step graph a token. For providers whose tensors the host can own, or that keep
 * them between runs.
 * @throws where a hook is unknown, or the provider is not usable here
 */
export async function hostSteps(model: Model, options: DriverOptions): Promise<Driver> {
  const { graph, widths } = stepGraph(model, options.intervention);
  const session = await openSession(graph, options);
  const { dims } = model;
  const fetch = ['token', 'mass', ...newNames(dims)];
  const widen = widening(dims.dVocab);
  return {
    advance: async (cache, rows, block) => {
      const feeds = stepFeeds(cache, rows, block, options, widths);
      const found = await widen(
        (k) => session.run({ ...feeds, k: int64([k], [1]) }, fetch),
        ({ mass }) => {
          const held = mass!.data as Float32Array;
          held.forEach((mass, i) => {
            checkFinite(mass, rows[i]!);
          });
          return held.every((mass) => mass >= options.topP);
        },
      );
      cache.append(found, block.feeds.key_positions!.data as BigInt64Array, block.length);
      return [Array.from(found.token!.data as BigInt64Array, Number)];
    },
    // Copying the cache costs more than a few rows that nobody reads.
    shrinks: (open, rows) => open <= rows / 2,
    release: () => session.release(),
  };
}
