import { nextToken } from '../interp/next-token.ts';
import { swapQualifier } from '../lists/qualifier.ts';
import type { TokenForm } from '../lists/token-form.ts';
import { hasToken } from '../sources/formats/has-token.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import { tQuantile } from '../stats/student-t.ts';
import { variance } from '../stats/variance.ts';
import { isUsable } from './form-counts.ts';
import { WORD_PAIRS, type WordPair } from './requests.ts';
import type { TrialModel } from './trial-model.ts';
import type { TrialList } from './write-trial-lists.ts';

/** What the word of the prompt does to the probability of the end, on the same lists. */
export interface WordEffect {
  /** Lists read, each with its own word and with the other. */
  readonly lists: number;
  /** Means over lists of the mean probability, over items, of the token that ends the list right after an item. */
  readonly short: number;
  readonly long: number;
  /** By how much `short` makes the end likelier than `long` does: the geometric mean over lists, with its interval. */
  readonly ratio: number;
  readonly lo: number;
  readonly hi: number;
}

export const CONFIDENCE = 0.95;
/** Lists that are read. */
const LISTS = 10;

/** The first pair of words that are a token each; null where no pair is. */
export const wordsOf = (tokenizer: Pick<Tokenizer, 'id'>): WordPair | null =>
  WORD_PAIRS.find(({ short, long }) => hasToken(tokenizer, short) && hasToken(tokenizer, long)) ??
  null;

/**
 * Read usable lists with the word of their prompt and with the other word. The interval is Student's, over lists.
 * @returns null where fewer than two lists are usable
 */
export async function wordEffect(
  { model, provider, subject }: TrialModel,
  { lists, form }: { readonly lists: readonly TrialList[]; readonly form: TokenForm },
  words: WordPair,
): Promise<WordEffect | null> {
  const read = lists.filter(isUsable).slice(0, LISTS);
  if (read.length < 2) return null;
  const readings = read.flatMap((list) => {
    const other = list.template === 'short' ? 'long' : 'short';
    const swap = { qualifier: words[list.template], swapFor: words[other] };
    const swapped = swapQualifier(list, swap, form);
    const { short, long } = { [list.template]: list.ids, [other]: swapped } as Both;
    return [{ ids: short }, { ids: long }];
  });
  const reader = { model, provider, batchSize: LISTS, uncounted: subject.uncounted };
  const rows = await nextToken(reader, readings, { watch: [form.events.item.end] });
  const ends = rows.map(({ probs }, i) => {
    const { items } = read[Math.floor(i / 2)]!.parsed;
    return mean(items.map(({ posLastToken }) => probs[posLastToken]!));
  });
  const pairs = read.map((_, i) => [ends[2 * i]!, ends[2 * i + 1]!] as const);
  return { lists: read.length, ...summary(pairs) };
}

/** Stands for a probability that is 0 in float32. */
const SMALLEST = 1e-30;

type Both = Readonly<Record<'short' | 'long', readonly number[]>>;

function summary(
  pairs: readonly (readonly [short: number, long: number])[],
): Omit<WordEffect, 'lists'> {
  const log = (p: number) => Math.log(Math.max(p, SMALLEST));
  const logs = pairs.map(([short, long]) => log(short) - log(long));
  const centre = mean(logs);
  const error = Math.sqrt((variance(logs) ?? 0) / logs.length);
  const half = tQuantile(CONFIDENCE, logs.length - 1) * error;
  return {
    short: mean(pairs.map(([short]) => short)),
    long: mean(pairs.map(([, long]) => long)),
    ratio: Math.exp(centre),
    lo: Math.exp(centre - half),
    hi: Math.exp(centre + half),
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
