import { float32, int64 } from '../graph/tensor.ts';
import type { Model } from '../models/model.ts';
import {
  adaptiveK,
  checkFinite,
  type Driver,
  type DriverOptions,
  type Row,
  stateToRead,
  stepFeeds,
} from './driver.ts';
import { newNames } from './kv-cache.ts';
import { loopGraph } from './loop-graph.ts';
import { floats, ints } from './outputs.ts';
import { type Feeds, type Fetches, openSession } from './session.ts';

export interface LoopDriverOptions extends DriverOptions {
  /** Steps per run, at least 1; DEFAULT_CHUNK where left out. Progress is shown and ended rows removed between runs. */
  readonly chunk?: number;
}

export const DEFAULT_CHUNK = 32;

/**
 * Generation driven by the graph: each run takes a chunk of steps inside the graph. For providers that copy tensors
 * between host and device in every run: the cache and the chunk's uniform draws go to the device; tokens, masses, and
 * the chunk's keys and values come back.
 * @throws where a hook is unknown, or the provider is not usable on this machine
 */
export async function loopDriver(model: Model, options: LoopDriverOptions): Promise<Driver> {
  const { graph, widths } = loopGraph(model, options.intervention ?? {}, options.stopIds);
  const session = await openSession(graph, options);
  const { chunk = DEFAULT_CHUNK } = options;
  const { dims } = model;
  const firstStepNames = ['token', 'mass', 'new_positions', ...newNames(dims)];
  const runWithAdaptiveK = adaptiveK(dims.dVocab);
  return {
    advance: async (state, limit) => {
      const { cache, rows, block } = state;
      const iterations = Math.min(chunk, limit) - 1;
      const feeds = {
        ...stepFeeds(state, options, widths),
        ...iterationFeeds(iterations, rows, block.batch.rows),
      };
      // Without iterations `tokens` and `masses` are empty, and the runtime cannot return empty tensors.
      const outputNames =
        iterations === 0 ? firstStepNames : [...firstStepNames, 'tokens', 'masses'];
      const outputs = await runWithAdaptiveK(
        (k) => session.run({ ...feeds, ...kFeeds(k, options.topP, dims.dVocab) }, outputNames),
        (chunkOutputs) => containNuclei(stepsOf(chunkOutputs), rows, options),
      );
      const positions = ints(outputs, 'new_positions');
      cache.append(outputs, positions, positions.length / block.batch.rows);
      return stepsOf(outputs).map(({ tokens }) => tokens);
    },
    read: async (cache, batch) => {
      const state = stateToRead(cache, batch);
      const feeds = {
        ...stepFeeds(state, options, widths),
        ...iterationFeeds(0, state.rows, batch.rows),
        ...kFeeds(1, 0, dims.dVocab),
      };
      const outputs = await session.run(feeds, newNames(dims));
      cache.append(outputs, batch.feeds.key_positions.data, batch.length);
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

/** One uniform draw for each row and iteration. Without iterations an unused value, because no tensor may be empty. */
function iterationFeeds(iterations: number, rows: readonly Row[], sequences: number): Feeds {
  const draws = Array.from({ length: iterations }, () => rows.map(({ random }) => random())).flat();
  return {
    turns: int64([iterations], [1]),
    uniforms:
      iterations === 0
        ? float32(new Float32Array(sequences), [1, sequences, 1])
        : float32(draws, [iterations, rows.length, 1]),
  };
}

/** k, and the mass that the k likeliest tokens must hold: none where k is the whole vocabulary. */
const kFeeds = (k: number, topP: number, dVocab: number): Feeds => ({
  k: int64([k], [1]),
  enough: float32([k < dVocab ? topP : 0], [1]),
});

interface Step {
  /** [row] */
  readonly tokens: readonly number[];
  /** [row]: mass of the k likeliest tokens. */
  readonly masses: readonly number[];
}

/** The steps of a run: the first, and one for each iteration of the loop. */
function stepsOf(outputs: Fetches): Step[] {
  const first = {
    tokens: Array.from(ints(outputs, 'token'), Number),
    masses: [...floats(outputs, 'mass')],
  };
  if (!('tokens' in outputs)) return [first];
  const rows = first.tokens.length;
  const [tokens, masses] = [ints(outputs, 'tokens'), floats(outputs, 'masses')];
  const later = Array.from({ length: tokens.length / rows }, (_, iteration): Step => {
    const [start, end] = [iteration * rows, (iteration + 1) * rows];
    return {
      tokens: Array.from(tokens.subarray(start, end), Number),
      masses: [...masses.subarray(start, end)],
    };
  });
  return [first, ...later];
}

/** Whether the k likeliest tokens contained the nucleus in every step of every row, up to the row's stop token. */
function containNuclei(
  steps: readonly Step[],
  rows: readonly Row[],
  { stopIds, topP }: DriverOptions,
): boolean {
  return rows.every((row, i) => {
    const end = steps.findIndex(({ tokens }) => stopIds.includes(tokens[i]!));
    const untilEnd = end < 0 ? steps : steps.slice(0, end + 1);
    return untilEnd.every(({ masses }, step) => {
      checkFinite(masses[i]!, row, step);
      return masses[i]! >= topP;
    });
  });
}
