import { int64 } from '../graph/tensor.ts';
import type { Model } from '../models/model.ts';
import { checkFinite, type Driver, type DriverOptions, stepFeeds, widening } from './driver.ts';
import { newNames } from './kv-cache.ts';
import { floats, ints } from './outputs.ts';
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
    advance: async (state) => {
      const { cache, rows, block } = state;
      const feeds = stepFeeds(state, options, widths);
      const outputs = await widen(
        (k) => session.run({ ...feeds, k: int64([k], [1]) }, fetch),
        (tried) => {
          const masses = floats(tried, 'mass');
          masses.forEach((mass, i) => {
            checkFinite(mass, rows[i]!);
          });
          return masses.every((mass) => mass >= options.topP);
        },
      );
      cache.append(outputs, block.batch.feeds.key_positions.data, block.batch.length);
      return [Array.from(ints(outputs, 'token'), Number)];
    },
    // Copying the cache costs more than a few rows that nobody reads.
    shrinks: (open, rows) => open <= rows / 2,
    [Symbol.asyncDispose]: () => session.release(),
  };
}
