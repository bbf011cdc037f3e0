import type { ModelDims } from '../models/architecture.ts';
import { padLeft } from './batch.ts';
import type { Driver, Row, TokenBlock } from './driver.ts';
import { type CachedRow, KvCache } from './kv-cache.ts';
import { distinctPrompts, type Prompt, type SharedPrefixes, sharedPrefixes } from './prompt.ts';

/** Rows that have read their prompts. */
export interface StartedRows {
  readonly cache: KvCache;
  /** [row]: the token sampled after its prompt. */
  readonly first: readonly number[];
}

/**
 * Read the prompt of every row, and sample the token after it.
 *
 * 1. What prompts of the same tokens have before their first edits is read once.
 * 2. The rest of each is read, once where prompts and their edits are equal.
 *
 * @param prompts [row]
 */
export async function readPrompts(
  dims: ModelDims,
  driver: Driver,
  prompts: readonly Prompt[],
  rows: readonly Row[],
): Promise<StartedRows> {
  const { distinct, sequenceOf } = distinctPrompts(prompts);
  const shared = sharedPrefixes(distinct);
  const prefixes = await readPrefixes(dims, driver, shared);
  const rowsOf = Map.groupBy(rows.keys(), (row) => sequenceOf[row]!);
  const first = new Array<number>(rows.length);
  const read = new Array<CachedRow>(distinct.length);
  for (const part of partsOf(distinct, shared)) {
    const starts = part.map((sequence) => shared.starts[sequence]!);
    const cache = KvCache.of(
      part.map((sequence, i) => prefixes.row(shared.prefixOf[sequence]!, starts[i])),
    );
    const places = part.flatMap((sequence, i) => rowsOf.get(sequence)!.map((row) => ({ row, i })));
    const block = promptBlock(
      part.map((sequence) => distinct[sequence]!),
      places.map(({ i }) => i),
      starts,
    );
    const sampling = places.map(({ row }) => rows[row]!);
    const [tokens] = await driver.advance({ cache, rows: sampling, block }, 1);
    for (const [at, { row }] of places.entries()) first[row] = tokens![at]!;
    for (const [i, sequence] of part.entries()) read[sequence] = cache.row(i);
  }
  return { cache: KvCache.of(sequenceOf.map((sequence) => read[sequence]!)), first };
}

/** A cache with the prefixes; with an empty row where there are none. */
async function readPrefixes(
  dims: ModelDims,
  driver: Driver,
  { prefixes }: SharedPrefixes,
): Promise<KvCache> {
  const cache = new KvCache(dims, Math.max(1, prefixes.length));
  if (prefixes.length > 0) await driver.read(cache, padLeft(prefixes));
  return cache;
}

/** Prompts that are read at once: enough to use the processor. What is left of more would differ more in length, and need padding. */
const AT_ONCE = 32;

/** Indices of the prompts, those of which as much is left to read beside each other, so many at once. */
function partsOf(prompts: readonly Prompt[], { starts }: SharedPrefixes): number[][] {
  const left = (i: number) => prompts[i]!.prompt.length - starts[i]!;
  const order = [...prompts.keys()].sort((a, b) => left(a) - left(b));
  return Array.from({ length: Math.ceil(order.length / AT_ONCE) }, (_, part) =>
    order.slice(part * AT_ONCE, (part + 1) * AT_ONCE),
  );
}

/**
 * The block of the prompts.
 * @param sequenceOf [row]: index in `prompts` of the prompt that the row continues
 * @param starts [prompt]: number of its tokens that the cache has; none where left out
 */
export const promptBlock = (
  prompts: readonly Prompt[],
  sequenceOf: readonly number[],
  starts?: readonly number[],
): TokenBlock => ({
  batch: padLeft(
    prompts.map(({ prompt }) => prompt),
    starts,
  ),
  sequenceOf,
  additions: prompts.map(({ additions = [] }) => additions),
  steering: prompts.map(({ steering }) => steering),
});
