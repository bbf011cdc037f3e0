import { int64 } from '../graph/tensor.ts';
import { Batch, padLeft } from '../runtime/batch.ts';
import { adaptiveK, checkFinite, type Row, stepFeeds, type TokenBlock } from '../runtime/driver.ts';
import type { Addition } from '../runtime/intervention.ts';
import { KvCache, newNames } from '../runtime/kv-cache.ts';
import { floats, ints } from '../runtime/outputs.ts';
import type { Feeds, Fetches } from '../runtime/session.ts';
import type { LivePrompt } from '../schema/live.ts';
import type { ModelDims } from '../schema/model-dims.ts';
import { keyedRandom } from '../stats/random.ts';

export type { DType, TensorData } from '../graph/tensor.ts';

/** Runs a compiled graph: in Node, or in a browser. */
export type RunGraph = (feeds: Feeds, outputNames: readonly string[]) => Promise<Fetches>;

/** A prompt, with what is added to the model's values while it is read and continued. */
export interface Start {
  readonly ids: readonly number[];
  readonly additions: readonly Addition[];
  /** [d_model] */
  readonly steering?: Float32Array | undefined;
}

/** A list to be written after one of the starts. */
export interface ListKey {
  /** Index of its start. */
  readonly start: number;
  /** Determines its random draws, together with the seed. */
  readonly key: string;
}

export interface WriteOptions {
  readonly dims: ModelDims;
  /** Width of the hook at which additions are made; null where nothing is added and nothing steered. */
  readonly additionWidth: number | null;
  readonly seed: number;
  readonly temperature: number;
  readonly topP: number;
  readonly stopIds: readonly number[];
  readonly maxNewTokens: number;
  /** Further inputs of the graph, the same at every step. */
  readonly feeds?: Feeds | undefined;
}

/** One sampled token, and what it was drawn from. */
export interface LiveToken {
  readonly id: number;
  /** The uniform draw. */
  readonly draw: number;
  /** [k]: the likeliest tokens, and their probabilities at the temperature within the nucleus, 0 outside of it. */
  readonly ids: readonly number[];
  readonly probs: Float32Array;
  /** [d_vocab]: the model's probabilities, at temperature 1. */
  readonly p: Float32Array;
}

/** @param tokens [list]: null for a list that has ended */
export type OnStep = (tokens: readonly (LiveToken | null)[]) => Promise<void> | void;

/**
 * Sample lists step by step, as `generate` does: the same graph, cache, draws and sampling. Each step is handed over, with the
 * distributions that it drew from, and the next one waits for its receiver, which may throw to stop.
 * @param run of the graph of `liveStepGraph`
 * @returns [list]: its token ids, the stop token included
 */
export async function writeLists(
  run: RunGraph,
  { starts, lists }: { readonly starts: readonly Start[]; readonly lists: readonly ListKey[] },
  options: WriteOptions,
  onStep: OnStep = () => {},
): Promise<number[][]> {
  const { dims, stopIds, maxNewTokens } = options;
  let cache = new KvCache(dims, starts.length);
  const step = stepRunner(run, options);
  const all = lists.map((list, index) => startRow(list, index, { starts, seed: options.seed }));
  let rows = all;
  let block = promptBlock(starts, lists);
  for (let isFirst = true; rows.length > 0; isFirst = false) {
    const tokens = await step(cache, block, rows);
    if (isFirst) cache = KvCache.of(lists.map(({ start }) => cache.row(start)));
    const byList: (LiveToken | null)[] = all.map(() => null);
    rows.forEach(({ index, ids }, i) => {
      byList[index] = tokens[i]!;
      ids.push(tokens[i]!.id);
    });
    await onStep(byList);
    const going = rows.flatMap(({ ids }, i) =>
      stopIds.includes(ids.at(-1)!) || ids.length >= maxNewTokens ? [] : [i],
    );
    rows = cache.keepRows(going).map((i) => rows[i]!);
    if (rows.length > 0) block = tokenBlock(rows);
  }
  return all.map(({ ids }) => ids);
}

interface LiveRow extends Row {
  /** The draw of the step that is running. */
  readonly draw: () => number;
}

function startRow(
  { start, key }: ListKey,
  index: number,
  { starts, seed }: { readonly starts: readonly Start[]; readonly seed: number },
): LiveRow {
  const next = keyedRandom(seed, key);
  let draw = 0;
  const random = () => {
    draw = next();
    return draw;
  };
  const { ids, steering } = starts[start]!;
  return { index, key, random, draw: () => draw, ids: [], promptLength: ids.length, steering };
}

/** The key of a list's random draws: the id under which the study samples it. */
export const listKey = (
  { topicId, word }: Pick<LivePrompt, 'topicId' | 'word'>,
  { temperature, replicate }: { readonly temperature: number; readonly replicate: number },
): string => `${topicId}_${word}_t${temperature}_${replicate}`;

const promptBlock = (starts: readonly Start[], lists: readonly ListKey[]): TokenBlock => ({
  batch: padLeft(starts.map(({ ids }) => ids)),
  sequenceOf: lists.map(({ start }) => start),
  additions: starts.map(({ additions }) => additions),
  steering: starts.map(({ steering }) => steering),
});

/** The token that was sampled last in each row. */
function tokenBlock(rows: readonly LiveRow[]): TokenBlock {
  const column = (values: readonly number[]) => int64(values, [rows.length, 1]);
  const positions = column(rows.map(({ promptLength, ids }) => promptLength + ids.length - 1));
  const ids = column(rows.map((row) => row.ids.at(-1)!));
  return {
    batch: new Batch({
      length: 1,
      pads: rows.map(() => 0),
      feeds: { ids, positions, key_positions: positions },
    }),
    sequenceOf: rows.map((_, i) => i),
    additions: [],
    steering: rows.map(({ steering }) => steering),
  };
}

/** Runs one step of some rows, and appends their keys and values to their cache. */
function stepRunner(
  run: RunGraph,
  { dims, additionWidth, temperature, topP, stopIds, feeds: further }: WriteOptions,
) {
  const names = ['token', 'mass', 'p', 'probs', 'ids_by_p', ...newNames(dims)];
  const steering = additionWidth === null ? null : dims.dModel;
  const widths = { additions: additionWidth, steering };
  const runWithAdaptiveK = adaptiveK(dims.dVocab);
  return async (
    cache: KvCache,
    block: TokenBlock,
    rows: readonly LiveRow[],
  ): Promise<LiveToken[]> => {
    const feeds = stepFeeds(
      { cache, rows, block },
      { ...SAMPLED, temperature, topP, stopIds },
      widths,
    );
    const outputs = await runWithAdaptiveK(
      (k) => run({ ...further, ...feeds, k: int64([k], [1]) }, names),
      (found) => {
        const masses = floats(found, 'mass');
        rows.forEach((row, i) => {
          checkFinite(masses[i]!, row);
        });
        return masses.every((mass) => mass >= topP);
      },
    );
    cache.append(outputs, block.batch.feeds.key_positions.data, block.batch.length);
    return rows.map((row, i) => tokenOf(outputs, row, i, rows.length));
  };
}

/** Feeds do not depend on it. */
const SAMPLED = { provider: 'cpu' } as const;

function tokenOf(outputs: Fetches, row: LiveRow, i: number, rows: number): LiveToken {
  const part = <A extends Float32Array | BigInt64Array>(values: A) => {
    const width = values.length / rows;
    return values.slice(i * width, (i + 1) * width);
  };
  return {
    id: Number(ints(outputs, 'token')[i]),
    draw: row.draw(),
    ids: Array.from(part(ints(outputs, 'ids_by_p')), Number),
    probs: part(floats(outputs, 'probs')) as Float32Array,
    p: part(floats(outputs, 'p')) as Float32Array,
  };
}
