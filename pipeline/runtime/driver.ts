import { float32, int64 } from '../graph/tensor.ts';
import type { Batch } from './batch.ts';
import { type Addition, additionFeeds, type Intervention, steeringFeeds } from './intervention.ts';
import type { KvCache } from './kv-cache.ts';
import type { Feeds, Fetches, Provider } from './session.ts';
import type { HookWidths } from './step-graph.ts';

export interface DriverOptions {
  readonly provider: Provider;
  readonly temperature: number;
  readonly topP: number;
  /** Token ids that end a completion. */
  readonly stopIds: readonly number[];
  /** None where left out. */
  readonly intervention?: Intervention;
  /** Further inputs of the model's graphs, the same in every run. */
  readonly feeds?: Feeds | undefined;
}

/** One completion in progress: a row of the batch. */
export interface Row {
  /** Index of its prompt in the batch as given. */
  readonly index: number;
  readonly key: string;
  /** The next uniform draw on [0, 1). */
  readonly random: () => number;
  /** Tokens sampled so far. */
  readonly ids: number[];
  readonly promptLength: number;
  readonly steering: Float32Array | undefined;
}

/**
 * The input tokens of a step, and the vectors to add. Rows with one prompt share a sequence in the step that reads the
 * prompt; in later steps each row has its own sequence.
 */
export interface TokenBlock {
  readonly batch: Batch;
  /** [row]: index of the sequence after which the row samples. */
  readonly sequenceOf: readonly number[];
  /** [sequence]; empty after the prompt. */
  readonly additions: readonly (readonly Addition[])[];
  /** [sequence] */
  readonly steering: readonly (Float32Array | undefined)[];
}

/**
 * Runs the steps of generation: one per run of a graph (host-driver.ts), or several inside a graph (loop-driver.ts).
 * `await using` releases it.
 */
export interface Driver extends AsyncDisposable {
  /**
   * Run a block's tokens through the model, append their keys and values to the cache, and sample up to `limit` tokens
   * for each row.
   * @returns [step][row]: token ids; those of a row after its stop token are meaningless
   * @throws where logits are not finite
   */
  advance(state: StepState, limit: number): Promise<readonly (readonly number[])[]>;
  /** Run tokens through the model without a change at a hook, append their keys and values to the cache, and sample nothing. */
  read(cache: KvCache, batch: Batch): Promise<void>;
}

export interface StepState {
  readonly cache: KvCache;
  readonly rows: readonly Row[];
  readonly block: TokenBlock;
}

/** The inputs of a graph that samples, where nothing is: of one row that takes no draw. */
export const stateToRead = (cache: KvCache, batch: Batch): StepState => ({
  cache,
  rows: [{ index: 0, key: '', random: () => 0, ids: [], promptLength: 0, steering: undefined }],
  block: { batch, sequenceOf: [0], additions: [], steering: batch.pads.map(() => undefined) },
});

/** The inputs of the step graph except k. Takes the next uniform draw of each row. */
export const stepFeeds = (
  { cache, rows, block: { batch, sequenceOf, additions, steering } }: StepState,
  { temperature, topP, feeds }: DriverOptions,
  widths: HookWidths,
): Feeds => ({
  ...feeds,
  ...batch.feeds,
  ...cache.feeds,
  ...(widths.additions === null ? {} : additionFeeds(additions, batch, widths.additions)),
  ...(widths.steering === null ? {} : steeringFeeds(steering, widths.steering)),
  last_rows: int64(
    sequenceOf.map((sequence) => batch.lastIndex(sequence)),
    [rows.length],
  ),
  temperature: float32([temperature], [1]),
  top_p: float32([topP], [1]),
  uniform: float32(
    rows.map(({ random }) => random()),
    [rows.length, 1],
  ),
});

/** Number of likeliest tokens that nucleus sampling considers at first, and the factor by which it grows. */
const FIRST_K = 64;
const K_FACTOR = 8;

/** Runs a step that samples among the k likeliest tokens, again with a larger k until these contain the nucleus. */
export type RunWithAdaptiveK = (
  run: (k: number) => Promise<Fetches>,
  containsNucleus: (outputs: Fetches) => boolean,
) => Promise<Fetches>;

/** Later steps start with the k that an earlier step needed. */
export function adaptiveK(dVocab: number): RunWithAdaptiveK {
  let k = Math.min(FIRST_K, dVocab);
  return async (run, containsNucleus) => {
    for (;;) {
      const outputs = await run(k);
      if (containsNucleus(outputs) || k === dVocab) return outputs;
      k = Math.min(k * K_FACTOR, dVocab);
    }
  };
}

/**
 * Check that a row's logits were finite.
 * @param mass of the row's likeliest tokens: NaN where logits are not finite
 * @param steps number of tokens sampled since `row.ids` was last extended
 */
export function checkFinite(mass: number, { key, ids }: Row, steps = 0): void {
  if (mass > 0) return;
  throw new Error(
    `sample ${key}: logits after ${ids.length + steps} tokens are not finite: check the model's weights, or use --provider cpu`,
  );
}
