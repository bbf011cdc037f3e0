import { int64 } from '../graph/tensor.ts';
import type { Model } from '../models/model.ts';
import { keyedRandom } from '../stats/random.ts';
import { Batch, padLeft } from './batch.ts';
import type { Block, Driver, Row } from './driver.ts';
import { hostSteps } from './host-steps.ts';
import type { Addition, Intervention } from './intervention.ts';
import { KvCache } from './kv-cache.ts';
import { type LoopOptions, loopSteps } from './loop-steps.ts';
import type { Provider } from './session.ts';

export interface GenerateOptions extends LoopOptions {
  readonly seed: number;
  readonly maxNewTokens: number;
  /** Sequences that run together; no completion depends on it. */
  readonly batchSize: number;
  /** Who takes the steps; both give the same tokens. The one that suits the provider where left out. */
  readonly driver?: keyof typeof DRIVERS;
  readonly onProgress?: (done: number) => void;
}

const DRIVERS = { host: hostSteps, loop: loopSteps };

/** From Node, tensors of the CUDA provider come back to the host after every run. */
export const driverFor = (provider: Provider) => (provider === 'cuda' ? 'loop' : 'host');

export interface Prompt {
  /** Names the draws of this sample: the same key and seed give the same noise. */
  readonly key: string;
  readonly prompt: readonly number[];
  /** Draws already made: of the tokens of an earlier completion that the prompt now holds. */
  readonly drawn?: number;
  /** Made at the intervention's hook. */
  readonly additions?: readonly Addition[];
  /** [d]: added where the intervention steers. */
  readonly steering?: Float32Array;
}

export interface Completion {
  /** New tokens, the stop token included. */
  readonly ids: readonly number[];
  /** Whether it ended with a stop token before the limit. */
  readonly ended: boolean;
}

/**
 * Sample a completion of every prompt.
 *
 * 1. The prompts of a batch, padded on the left, fill the key/value cache in one pass; equal ones are read once.
 * 2. Each step computes one token a row, and samples it inside the graph on the row's own uniforms.
 * 3. Rows that have ended leave the batch: when half of it has, or between two chunks of steps.
 *
 * @returns in the order of the prompts
 * @throws where there are no prompts or one is empty, a hook is unknown, or an addition is out of place
 */
export async function generate(
  model: Model,
  prompts: readonly Prompt[],
  options: GenerateOptions,
): Promise<Completion[]> {
  checkPrompts(prompts, options.intervention);
  await using driver = await DRIVERS[options.driver ?? driverFor(options.provider)](model, options);
  const completions: Completion[] = [];
  for (let start = 0; start < prompts.length; start += options.batchSize) {
    const together = prompts.slice(start, start + options.batchSize);
    const onProgress = (ended: number) => options.onProgress?.(start + ended);
    completions.push(...(await complete(model, driver, together, { ...options, onProgress })));
  }
  return completions;
}

function checkPrompts(prompts: readonly Prompt[], { hook, steerAt }: Intervention = {}): void {
  if (prompts.length === 0) throw new Error('no prompts: give at least one');
  for (const { key, prompt, additions, steering } of prompts) {
    if (prompt.length === 0) throw new Error(`sample ${key}: empty prompt: give at least BOS`);
    if (additions && hook === undefined)
      throw new Error(`sample ${key} has additions: name the hook of the intervention`);
    if (steering && steerAt === undefined)
      throw new Error(`sample ${key} is steered: name where the intervention steers`);
  }
}

/** Sample completions of prompts that run together. */
async function complete(
  model: Model,
  driver: Driver,
  prompts: readonly Prompt[],
  options: GenerateOptions,
): Promise<Completion[]> {
  const completions = new Array<Completion>(prompts.length);
  const { distinct, sequenceOf } = readOnce(prompts);
  const cache = new KvCache(model.dims, distinct.length);
  let rows = prompts.map((prompt, index) => rowOf(prompt, index, options.seed));
  const block = promptBlock(distinct, sequenceOf);
  let steps = await driver.advance({ cache, rows, block }, 1);
  if (distinct.length < rows.length) cache.keep(sequenceOf);
  for (;;) {
    for (const tokens of steps) takeTokens(tokens, rows, completions, options);
    const open = rows.flatMap((row, i) => (completions[row.index] ? [] : [i]));
    options.onProgress?.(prompts.length - open.length);
    if (open.length === 0) return completions;
    let tokens = steps.at(-1)!;
    if (driver.shrinks(open.length, rows.length)) {
      cache.keep(open);
      tokens = open.map((i) => tokens[i]!);
      rows = open.map((i) => rows[i]!);
    }
    const left = options.maxNewTokens - Math.max(...rows.map(({ ids }) => ids.length));
    steps = await driver.advance({ cache, rows, block: tokenBlock(tokens, rows) }, left);
  }
}

export const rowOf = (
  { key, prompt, drawn, steering }: Prompt,
  index: number,
  seed: number,
): Row => ({
  index,
  key,
  random: keyedRandom(seed, key, drawn),
  ids: [],
  promptLength: prompt.length,
  steering,
});

/** Append a token to every row that has not ended, and complete those that end with it. */
function takeTokens(
  tokens: readonly number[],
  rows: readonly Row[],
  completions: Completion[],
  { stopIds, maxNewTokens }: GenerateOptions,
): void {
  rows.forEach((row, i) => {
    if (completions[row.index]) return;
    row.ids.push(tokens[i]!);
    const ended = stopIds.includes(tokens[i]!);
    if (ended || row.ids.length >= maxNewTokens) completions[row.index] = { ids: row.ids, ended };
  });
}

/** @param sequenceOf [row]: the prompt that it continues */
export function promptBlock(distinct: readonly Prompt[], sequenceOf: readonly number[]): Block {
  return {
    batch: padLeft(distinct.map(({ prompt }) => prompt)),
    sequenceOf,
    additions: distinct.map(({ additions = [] }) => additions),
    steering: distinct.map(({ steering }) => steering),
  };
}

/** One new token of every row: the last that was sampled. */
export function tokenBlock(tokens: readonly number[], rows: readonly Row[]): Block {
  const positions = rows.map(({ promptLength, ids }) => promptLength + ids.length - 1);
  const [ids, pos] = [int64(tokens, [rows.length, 1]), int64(positions, [rows.length, 1])];
  return {
    batch: new Batch({
      length: 1,
      pads: rows.map(() => 0),
      feeds: { ids, positions: pos, key_positions: pos },
    }),
    sequenceOf: rows.map((_, i) => i),
    additions: [],
    steering: rows.map(({ steering }) => steering),
  };
}

/** Prompts that are the same, with nothing added, are one sequence for as long as nothing is sampled. */
function readOnce(prompts: readonly Prompt[]): { distinct: Prompt[]; sequenceOf: number[] } {
  const places = new Map<string | Prompt, number>();
  const distinct: Prompt[] = [];
  const sequenceOf = prompts.map((of) => {
    const edited = of.steering !== undefined || (of.additions?.length ?? 0) > 0;
    const key = edited ? of : of.prompt.join();
    const place = places.get(key) ?? distinct.push(of) - 1;
    places.set(key, place);
    return place;
  });
  return { distinct, sequenceOf };
}
