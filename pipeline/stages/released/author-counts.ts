import type { Tokenizer } from '../../sources/formats/tokenizer.ts';
import { shannonIndex } from '../../stats/shannon-index.ts';

/** A list as the original author's analysis counted it. */
export interface AuthorCounts {
  /** Hyphen tokens: the number of items, a hyphen within a name counted as one more. */
  readonly hyphens: number;
  /** Lines that begin with a hyphen, and how many of them are spelt differently, blanks included. */
  readonly lines: number;
  readonly distinctLines: number;
  /** Diversity of those lines, in nats. */
  readonly shannon: number;
  /** What stands from a hyphen to the next one, or to the last end of a turn. */
  readonly spans: readonly Span[];
}

export interface Span {
  /** Tokens, the hyphen, a blank and the newline included; 0 for the last of a list that did not end. */
  readonly tokens: number;
  readonly hasBlank: boolean;
}

/**
 * Count a list as the author did: hyphens by token wherever they stand, lines by splitting the decoded text, blanks
 * by the lone blank's token anywhere between two hyphens.
 * @param ids prompt and completion
 */
export function authorCounts(ids: readonly number[], tokenizer: Tokenizer): AuthorCounts {
  const [hyphen, blank, turnEnd] = [HYPHEN, BLANK, TURN_END].map(tokenizer.id);
  const starts = ids.flatMap((id, pos) => (id === hyphen ? [pos] : []));
  const ends = [...starts.slice(1), ids.lastIndexOf(turnEnd!)];
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
      return { tokens: span.length, hasBlank: span.includes(blank!) };
    }),
  };
}

const HYPHEN = '-';
const BLANK = ' ';
const TURN_END = '<end_of_turn>';

/**
 * What the author's tables print for a mean of differences: the variance had been added as a further column before the
 * mean of all columns was taken.
 * @param n differences
 */
export const foldedMean = (sum: number, variance: number, n: number): number =>
  (sum + variance) / (n + 1);
