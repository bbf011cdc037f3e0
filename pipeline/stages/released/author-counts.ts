import type { Tokenizer } from '../../sources/formats/tokenizer.ts';
import { shannonIndex } from '../../stats/shannon-index.ts';

/** A list as the original author's analysis counted it. */
export interface AuthorCounts {
  /** Hyphen tokens, the author's number of items; a hyphen within a name counts as one more. */
  readonly hyphens: number;
  /** Lines that begin with a hyphen. */
  readonly lines: number;
  /** Distinct spellings among those lines, blanks included. */
  readonly distinctLines: number;
  /** Shannon index of those lines, in nats. */
  readonly shannon: number;
  /** The tokens from each hyphen to the next one, or to the last `<end_of_turn>`. */
  readonly spans: readonly Span[];
}

export interface Span {
  /** Number of tokens, with the hyphen, a blank and the newline; 0 for the last span of a list that did not end. */
  readonly tokens: number;
  readonly hasBlank: boolean;
}

const HYPHEN = '-';
const BLANK = ' ';
const TURN_END = '<end_of_turn>';

/**
 * Count a list as the author did: hyphen tokens at any position, lines of the decoded text, and blank tokens anywhere
 * between two hyphens.
 * @param ids prompt and completion
 */
export function authorCounts(ids: readonly number[], tokenizer: Tokenizer): AuthorCounts {
  const hyphen = tokenizer.id(HYPHEN);
  const blank = tokenizer.id(BLANK);
  const starts = ids.flatMap((id, pos) => (id === hyphen ? [pos] : []));
  const ends = [...starts.slice(1), ids.lastIndexOf(tokenizer.id(TURN_END))];
  const lines = tokenizer
    .decode(ids)
    .split('\n')
    .filter((line) => line.startsWith(HYPHEN));
  return {
    hyphens: starts.length,
    lines: lines.length,
    distinctLines: new Set(lines).size,
    shannon: shannonIndex(lines),
    spans: starts.map((start, i) => {
      const span = ids.slice(start, Math.max(start, ends[i]!));
      return { tokens: span.length, hasBlank: span.includes(blank) };
    }),
  };
}

/**
 * What the author's tables print as a mean of differences. Their code appends the variance as a further column and then
 * takes the mean over all columns.
 * @param n number of differences
 */
export const foldedMean = (sum: number, variance: number, n: number): number =>
  (sum + variance) / (n + 1);
