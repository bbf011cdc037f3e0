import { once } from '../engine/once.ts';
import { int64 } from '../graph/tensor.ts';
import type { Model } from '../models/model.ts';
import { keyedRandom } from '../stats/random.ts';
import { Batch } from './batch.ts';
import { assertFits, type ModelLimits } from './check-sequences.ts';
import type { Driver, Row, TokenBlock } from './driver.ts';
import { hostDriver } from './host-driver.ts';
import type { Intervention } from './intervention.ts';
import { type LoopDriverOptions, loopDriver } from './loop-driver.ts';
import { type Prompt, readingOrder } from './prompt.ts';
import { readPrompts } from './read-prompts.ts';
import type { Provider } from './session.ts';

export type { Prompt };

export interface GenerateOptions extends LoopDriverOptions {
  readonly seed: number;
  readonly maxNewTokens: number;
  /** Prompts in a batch; completions do not depend on it. */
  readonly batchSize: number;
  /** Completions do not depend on the driver. The one that suits the provider where left out. */
  readonly driver?: keyof typeof DRIVERS;
  /**
   * Does a batch of `generationBatches`, by its index, or knows its completions already. Each is done where left out.
   */
  readonly eachBatch?: (
    index: number,
    complete: () => Promise<Completion[]>,
  ) => Promise<Completion[]>;
  /** @param done number of completions that have ended */
  readonly onProgress?: (done: number) => void;
}

/** Batch size of generation, as a multiple of that of measurements: lists end one by one and leave the batch. */
export const BATCH_FACTOR = 4;

const DRIVERS = { host: hostDriver, loop: loopDriver };

/** In Node, the CUDA provider copies tensors between host and device in every run. */
export const driverFor = (provider: Provider) => (provider === 'cuda' ? 'loop' : 'host');

export interface Completion {
  /** New tokens, including the stop token. */
  readonly ids: readonly number[];
  /** Whether it ended with a stop token, within the limit on new tokens. */
  readonly ended: boolean;
}

/**
 * Sample a completion of every prompt.
 *
 * 1. The prompts of a batch fill the key/value cache, and what they have in common is read once (read-prompts.ts).
 * 2. Each step computes the logits of one token per row, and samples it inside the graph by the row's uniform draw.
 * 3. Rows that have ended are removed from the batch.
 *
 * @returns completions in the order of the prompts
 * @throws where there are no prompts, a prompt is empty, a hook is unknown, or an addition is outside its prompt; and, before
 *   anything runs, where a prompt with all its new tokens is longer than the model's context, or has an unknown token
 */
export async function generate(
  model: Model,
  prompts: readonly Prompt[],
  options: GenerateOptions,
): Promise<Completion[]> {
  checkPrompts(prompts, options.intervention);
  checkLengths(model, prompts, options);
  const { eachBatch = (_, complete) => complete(), batchSize } = options;
  await using opened = new AsyncDisposableStack();
  const open = once(async () =>
    opened.use(await DRIVERS[options.driver ?? driverFor(options.provider)](model, options)),
  );
  const completions = new Array<Completion>(prompts.length);
  for (const [b, indices] of generationBatches(prompts, batchSize).entries()) {
    const batch = indices.map((index) => prompts[index]!);
    const onProgress = (ended: number) => options.onProgress?.(b * batchSize + ended);
    const found = await eachBatch(b, async () =>
      completeBatch(model, await open(), batch, { ...options, onProgress }),
    );
    for (const [i, index] of indices.entries()) completions[index] = found[i]!;
  }
  return completions;
}

/**
 * Indices of the prompts of each batch. The prompts of some of these batches, in any order, make up the same batches again: all but
 * the last one are full, and each prompt has its place by what it says.
 */
export function generationBatches(prompts: readonly Prompt[], batchSize: number): number[][] {
  const order = readingOrder(prompts);
  return Array.from({ length: Math.ceil(order.length / batchSize) }, (_, b) =>
    order.slice(b * batchSize, (b + 1) * batchSize),
  );
}

function checkPrompts(prompts: readonly Prompt[], { hook, steerAt }: Intervention = {}): void {
  if (prompts.length === 0) throw new Error('no prompts: give at least one');
  for (const { key, prompt, additions, steering } of prompts) {
    if (prompt.length === 0) throw new Error(`sample ${key}: empty prompt: give at least BOS`);
    if (additions && hook === undefined)
      throw new Error(`sample ${key} has additions: name the hook of the intervention`);
    if (steering && steerAt === undefined)
      throw new Error(`sample ${key} is steered: name the intervention's steerAt`);
  }
}

/** The last token that is sampled takes no position. */
function checkLengths(
  model: ModelLimits,
  prompts: readonly Prompt[],
  { maxNewTokens }: GenerateOptions,
): void {
  assertFits(
    model,
    prompts.map(({ prompt }) => ({ ids: prompt })),
  );
  for (const { key, prompt } of prompts)
    if (prompt.length + maxNewTokens - 1 > model.maxPositions)
      throw new Error(
        `sample ${key}: ${prompt.length} tokens and up to ${maxNewTokens} new ones: the model has ${model.maxPositions} positions (max_position_embeddings): sample fewer new tokens`,
      );
}

/**
 * Rows that have ended are removed when this share or less is unfinished. With each of them, every step would have other
 * sizes, and the runtime keeps a plan of its memory for all sizes that it has seen.
 */
const LEAST_UNFINISHED = 31 / 32;

/** Sample completions of the prompts of one batch. */
async function completeBatch(
  model: Model,
  driver: Driver,
  prompts: readonly Prompt[],
  options: GenerateOptions,
): Promise<Completion[]> {
  const completions = new Array<Completion>(prompts.length);
  let rows = prompts.map((prompt, index) => startRow(prompt, index, options.seed));
  const { cache, first } = await readPrompts(model.dims, driver, prompts, rows);
  let steps: readonly (readonly number[])[] = [first];
  for (;;) {
    for (const tokens of steps) appendTokens(tokens, rows, completions, options);
    const unfinished = rows.flatMap((row, i) => (completions[row.index] ? [] : [i]));
    options.onProgress?.(prompts.length - unfinished.length);
    if (unfinished.length === 0) return completions;
    let tokens = steps.at(-1)!;
    if (unfinished.length <= LEAST_UNFINISHED * rows.length) {
      const kept = cache.keepRows(unfinished);
      tokens = kept.map((i) => tokens[i]!);
      rows = kept.map((i) => rows[i]!);
    }
    const remaining = options.maxNewTokens - Math.max(...rows.map(({ ids }) => ids.length));
    steps = await driver.advance({ cache, rows, block: tokenBlock(tokens, rows) }, remaining);
  }
}

/** The row of a prompt, with no tokens sampled. */
export const startRow = (
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

/** Append a token to every row that has not ended, and store the completions of rows that end with it. */
function appendTokens(
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

/** The block of one step: the token that was sampled last in each row. */
export function tokenBlock(tokens: readonly number[], rows: readonly Row[]): TokenBlock {
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
