import type { Model } from '../models/model.ts';
import { keyedRandom } from '../stats/random.ts';
import { float32, int64 } from '../tensor.ts';
import { type Batch, padLeft } from './batch.ts';
import { type Addition, additionFeeds, type Intervention, steeringFeeds } from './intervention.ts';
import { KvCache, NEW } from './kv-cache.ts';
import { type Fetches, openSession, type Provider, type Session } from './session.ts';
import { stepGraph, type Widths } from './step-graph.ts';

export interface GenerateOptions {
  readonly provider: Provider;
  readonly seed: number;
  readonly temperature: number;
  readonly topP: number;
  readonly maxNewTokens: number;
  /** A completion ends with the first of these. */
  readonly stopIds: readonly number[];
  /** Sequences that run together; no completion depends on it. */
  readonly batchSize: number;
  /** Nothing is done to the model where left out. */
  readonly intervention?: Intervention;
  readonly onProgress?: (done: number) => void;
}

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
 * 3. Rows that have ended leave the batch when half of it has.
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
  const { graph, widths } = stepGraph(model, options.intervention);
  const session = await openSession(graph, options);
  const step = stepper(model, session, options, widths);
  const completions: Completion[] = [];
  try {
    for (let start = 0; start < prompts.length; start += options.batchSize) {
      const batch = prompts.slice(start, start + options.batchSize);
      const onEnded = (ended: number) => options.onProgress?.(start + ended);
      completions.push(...(await runBatch(model, step, batch, options, onEnded)));
    }
  } finally {
    await session.release();
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

/** The likeliest tokens that sampling looks at first; where these do not hold the nucleus, more from then on. */
const FIRST_K = 64;
const MORE = 8;

/** A sequence that has not ended. */
interface Row {
  /** Place in the batch as it was given. */
  readonly index: number;
  readonly key: string;
  readonly random: () => number;
  readonly ids: number[];
  readonly promptLength: number;
  readonly steering: Float32Array | undefined;
}

async function runBatch(
  model: Model,
  step: Step,
  prompts: readonly Prompt[],
  options: GenerateOptions,
  onEnded: (ended: number) => void,
): Promise<Completion[]> {
  const completions = new Array<Completion>(prompts.length);
  let rows = prompts.map(({ key, prompt, drawn, steering }, index): Row => {
    const random = keyedRandom(options.seed, key, drawn);
    return { index, key, random, ids: [], promptLength: prompt.length, steering };
  });
  const { distinct, sequenceOf } = readOnce(prompts);
  const cache = new KvCache(model.dims, distinct.length);
  const batch = padLeft(distinct.map(({ prompt }) => prompt));
  const additions = distinct.map(({ additions = [] }) => additions);
  const steering = distinct.map(({ steering }) => steering);
  let tokens = await step(cache, rows, { ...batch, sequenceOf, additions, steering });
  if (distinct.length < rows.length) cache.keep(sequenceOf);
  let ended = 0;
  for (;;) {
    rows.forEach((row, i) => {
      if (completions[row.index]) return;
      row.ids.push(tokens[i]!);
      const stopped = options.stopIds.includes(tokens[i]!);
      if (!stopped && row.ids.length < options.maxNewTokens) return;
      completions[row.index] = { ids: row.ids, ended: stopped };
      ended += 1;
    });
    onEnded(ended);
    if (ended === prompts.length) return completions;
    const open = rows.flatMap((row, i) => (completions[row.index] ? [] : [i]));
    if (open.length <= rows.length / 2) {
      cache.keep(open);
      tokens = open.map((i) => tokens[i]!);
      rows = open.map((i) => rows[i]!);
    }
    const positions = rows.map(({ promptLength, ids }) => promptLength + ids.length - 1);
    const at = int64(positions, [rows.length, 1]);
    const feeds = { ids: int64(tokens, [rows.length, 1]), positions: at, key_positions: at };
    const [pads, sequenceOf] = [rows.map(() => 0), rows.map((_, i) => i)];
    const steering = rows.map((row) => row.steering);
    const block = { length: 1, pads, feeds, sequenceOf, additions: [], steering };
    tokens = await step(cache, rows, block);
  }
}

/** New tokens of a batch's sequences. */
interface Block extends Pick<Batch, 'feeds' | 'length' | 'pads'> {
  /** [row]: the sequence that it samples after. */
  readonly sequenceOf: readonly number[];
  /** Of each sequence; none after the prompt. */
  readonly additions: readonly (readonly Addition[])[];
  /** [sequence] */
  readonly steering: readonly (Float32Array | undefined)[];
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

type Step = (cache: KvCache, rows: readonly Row[], block: Block) => Promise<number[]>;

/** Run new tokens through the model, keep their keys and values, and sample what follows each row. */
function stepper(
  model: Model,
  session: Session,
  { temperature, topP }: GenerateOptions,
  widths: Widths,
): Step {
  const { nLayers, dVocab } = model.dims;
  const layers = Array.from({ length: nLayers }, (_, layer) => [NEW.key(layer), NEW.value(layer)]);
  const fetch = ['token', 'mass', ...layers.flat()];
  let k = Math.min(FIRST_K, dVocab);
  return async (cache, rows, block) => {
    const { feeds, length, additions, steering } = block;
    const lastRows = block.sequenceOf.map((i) => (i + 1) * length - 1);
    const all = {
      ...feeds,
      ...cache.feeds,
      ...(widths.additions === null ? {} : additionFeeds(additions, block, widths.additions)),
      ...(widths.steering === null ? {} : steeringFeeds(steering, widths.steering)),
      last_rows: int64(lastRows, [rows.length]),
      temperature: float32([temperature], [1]),
      top_p: float32([topP], [1]),
      uniform: float32(
        rows.map(({ random }) => random()),
        [rows.length, 1],
      ),
    };
    const sample = () => session.run({ ...all, k: int64([k], [1]) }, fetch);
    let found = await sample();
    checkFinite(found, rows);
    while (k < dVocab && !holdsNucleus(found, topP)) {
      k = Math.min(k * MORE, dVocab);
      found = await sample();
    }
    cache.append(found, feeds.key_positions!.data as BigInt64Array, length);
    return Array.from(found.token!.data as BigInt64Array, Number);
  };
}

const holdsNucleus = ({ mass }: Fetches, topP: number): boolean =>
  (mass!.data as Float32Array).every((held) => held >= topP);

function checkFinite({ mass }: Fetches, rows: readonly Row[]): void {
  const at = (mass!.data as Float32Array).findIndex((held) => !(held > 0));
  if (at < 0) return;
  const { key, ids } = rows[at]!;
  throw new Error(
    `sample ${key}: logits after ${ids.length} tokens are not finite: check the model's weights, or use --provider cpu`,
  );
}
