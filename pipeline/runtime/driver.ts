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
  /** A completion ends with the first of these. */
  readonly stopIds: readonly number[];
  /** Nothing is done to the model where left out. */
  readonly intervention?: Intervention;
}

/** A sequence that is being continued. */
export interface Row {
  /** Place in the batch as it was given. */
  readonly index: number;
  readonly key: string;
  readonly random: () => number;
  readonly ids: number[];
  readonly promptLength: number;
  readonly steering: Float32Array | undefined;
}

/** New tokens of the sequences that run together, and what is done to these. */
export interface Block {
  readonly batch: Batch;
  /** [row]: the sequence that it samples after. */
  readonly sequenceOf: readonly number[];
  /** Of each sequence; none after the prompt. */
  readonly additions: readonly (readonly Addition[])[];
  /** [sequence] */
  readonly steering: readonly (Float32Array | undefined)[];
}

/** Takes the steps of generation: one at a time, or several without coming back to the host. `await using` ends it. */
export interface Driver extends AsyncDisposable {
  /**
   * Run a block's tokens through the model, keep their keys and values in the cache, and sample what follows each row,
   * at most `limit` tokens.
   * @returns [step][row]; what a row has after its stop token means nothing
   * @throws where logits are not finite
   */
  advance(state: StepState, limit: number): Promise<readonly (readonly number[])[]>;
  /** Whether rows that have ended should leave the batch now, given how many have not. */
  shrinks(open: number, rows: number): boolean;
}

/** What a step runs on. */
export interface StepState {
  readonly cache: KvCache;
  readonly rows: readonly Row[];
  readonly block: Block;
}

/** The inputs of a step but k; each row draws once. */
export const stepFeeds = (
  { cache, rows, block: { batch, sequenceOf, additions, steering } }: StepState,
  { temperature, topP }: DriverOptions,
  widths: HookWidths,
): Feeds => ({
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

/** The likeliest tokens that sampling looks at first; where these do not hold the nucleus, more from then on. */
const FIRST_K = 64;
const MORE = 8;

/** Runs what samples among the k likeliest tokens, again with a larger k until what it found `holds` the nucleus. */
export type Widening = (
  run: (k: number) => Promise<Fetches>,
  holds: (found: Fetches) => boolean,
) => Promise<Fetches>;

export function widening(dVocab: number): Widening {
  let k = Math.min(FIRST_K, dVocab);
  return async (run, holds) => {
    for (;;) {
      const found = await run(k);
      if (holds(found) || k === dVocab) return found;
      k = Math.min(k * MORE, dVocab);
    }
  };
}

/** @param steps tokens sampled since `row.ids`. @throws where `mass` shows that the row's logits are not finite */
export function checkFinite(mass: number, { key, ids }: Row, steps = 0): void {
  if (mass > 0) return;
  throw new Error(
    `sample ${key}: logits after ${ids.length + steps} tokens are not finite: check the model's weights, or use --provider cpu`,
  );
}
