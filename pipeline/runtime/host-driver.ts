import { int64 } from '../graph/tensor.ts';
import type { Model } from '../models/model.ts';
import {
  adaptiveK,
  checkFinite,
  type Driver,
  type DriverOptions,
  stateToRead,
  stepFeeds,
} from './driver.ts';
import { newNames } from './kv-cache.ts';
import { floats, ints } from './outputs.ts';
import { openSession } from './session.ts';
import { stepGraph } from './step-graph.ts';

/**
 * Generation driven by the host: one run of the step graph per token. For providers that read tensors of the host
 * without a copy to a device.
 * @throws where a hook is unknown, or the provider is not usable on this machine
 */
export async function hostDriver(model: Model, options: DriverOptions): Promise<Driver> {
  const { graph, widths } = stepGraph(model, options.intervention);
  const session = await openSession(graph, options);
  const { dims } = model;
  const outputNames = ['token', 'mass', ...newNames(dims)];
  const runWithAdaptiveK = adaptiveK(dims.dVocab);
  return {
    advance: async (state) => {
      const { cache, rows, block } = state;
      const feeds = stepFeeds(state, options, widths);
      const outputs = await runWithAdaptiveK(
        (k) => session.run({ ...feeds, k: int64([k], [1]) }, outputNames),
        (stepOutputs) => {
          const masses = floats(stepOutputs, 'mass');
          rows.forEach((row, i) => {
            checkFinite(masses[i]!, row);
          });
          return masses.every((mass) => mass >= options.topP);
        },
      );
      cache.append(outputs, block.batch.feeds.key_positions.data, block.batch.length);
      return [Array.from(ints(outputs, 'token'), Number)];
    },
    read: async (cache, batch) => {
      const feeds = stepFeeds(stateToRead(cache, batch), options, widths);
      const outputs = await session.run({ ...feeds, k: int64([1], [1]) }, newNames(dims));
      cache.append(outputs, batch.feeds.key_positions.data, batch.length);
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}
