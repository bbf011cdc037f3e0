import { float32, int64 } from '../graph/tensor.ts';
import type { Model } from '../models/model.ts';
import {
  checkFinite,
  type Driver,
  type DriverOptions,
  type Row,
  stepFeeds,
  widening,
} from './driver.ts';
import { newNames } from './kv-cache.ts';
import { loopGraph } from './loop-graph.ts';
import { floats, ints } from './outputs.ts';
import { type Feeds, type Fetches, openSession } from './session.ts';

export interface LoopOptions extends DriverOptions {
  /** Steps of a run, 1 or more: between two runs progress is shown, and rows that have ended leave. */
  readonly chunk?: number;
}

/** Steps of a run where nothing else is asked for. */
export const CHUNK = 32;

/**
 * The graph drives: a run takes a chunk of steps inside the graph. For providers whose tensors come back to the host
 * after every run. To the device go the cache and the chunk's draws; back come tokens, masses, and the keys and
 * values of the chunk alone.
 * @throws where a hook is unknown, or the provider is not usable here
 */
export async function loopSteps(model: Model, options: LoopOptions): Promise<Driver> {
  const { graph, widths } = loopGraph(model, options.intervention ?? {}, options.stopIds);
  const session = await openSession(graph, options);
  const { chunk = CHUNK } = options;
  const { dims } = model;
  const first = ['token', 'mass', 'new_positions', ...newNames(dims)];
  const widen = widening(dims.dVocab);
  return {
    advance: async (state, limit) => {
      const { cache, rows, block } = state;
      const turns = Math.min(chunk, limit) - 1;
      const feeds = {
        ...stepFeeds(state, options, widths),
        ...turnFeeds(turns, rows, block.batch.rows),
      };
      // Of no turns there are no tokens, and an empty tensor has no place on the host.
      const fetch = turns === 0 ? first : [...first, 'tokens', 'masses'];
      const outputs = await widen(
        (k) => session.run({ ...feeds, ...reach(k, options.topP, dims.dVocab) }, fetch),
        (tried) => holds(stepsOf(tried), rows, options),
      );
      const positions = ints(outputs, 'new_positions');
      cache.append(outputs, positions, positions.length / block.batch.rows);
      return stepsOf(outputs).map(({ tokens }) => tokens);
    },
    // The whole cache goes to the device anyway.
    shrinks: (open, rows) => open < rows,
    [Symbol.asyncDispose]: () => session.release(),
  };
}

/** Each row draws once a turn; where there is none, one draw that nobody makes keeps the tensor from being empty. */
function turnFeeds(turns: number, rows: readonly Row[], sequences: number): Feeds {
  const draws = Array.from({ length: turns }, () => rows.map(({ random }) => random())).flat();
  return {
    turns: int64([turns], [1]),
    uniforms:
      turns === 0
        ? float32(new Float32Array(sequences), [1, sequences, 1])
        : float32(draws, [turns, rows.length, 1]),
  };
}

/** The likeliest k of all tokens are enough, whatever rounding leaves them of the mass. */
const reach = (k: number, topP: number, dVocab: number): Feeds => ({
  k: int64([k], [1]),
  enough: float32([k < dVocab ? topP : 0], [1]),
});

interface Step {
  /** [row] */
  readonly tokens: readonly number[];
  /** [row] */
  readonly masses: readonly number[];
}

/** The steps that were taken: one, and those of the loop, where it was given turns. */
function stepsOf(outputs: Fetches): Step[] {
  const first = {
    tokens: Array.from(ints(outputs, 'token'), Number),
    masses: [...floats(outputs, 'mass')],
  };
  if (!('tokens' in outputs)) return [first];
  const rows = first.tokens.length;
  const [tokens, masses] = [ints(outputs, 'tokens'), floats(outputs, 'masses')];
  const rest = Array.from({ length: tokens.length / rows }, (_, turn): Step => {
    const [start, end] = [turn * rows, (turn + 1) * rows];
    return {
      tokens: Array.from(tokens.subarray(start, end), Number),
      masses: [...masses.subarray(start, end)],
    };
  });
  return [first, ...rest];
}

/** Whether the tokens that were looked at held the nucleus of every row until it ended. */
function holds(steps: readonly Step[], rows: readonly Row[], options: DriverOptions): boolean {
  return rows.every((row, i) => {
    const end = steps.findIndex(({ tokens }) => options.stopIds.includes(tokens[i]!));
    const read = end < 0 ? steps : steps.slice(0, end + 1);
    return read.every(({ masses }, step) => {
      checkFinite(masses[i]!, row, step);
      return masses[i]! >= options.topP;
    });
  });
}
