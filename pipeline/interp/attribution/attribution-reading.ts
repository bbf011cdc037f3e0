import { padLeft, type TokenFeeds } from '../../runtime/batch.ts';
import type { Path } from '../../schema/attribution-columns.ts';
import type { MetricReading } from '../logit-diff.ts';
import type { SequenceBatch } from '../reader.ts';

/**
 * Parts of a sequence whose features also have a ranking of their own: the prompt, and the prefix that stays when only
 * the end of a list is generated again. The prefix includes the prompt.
 */
export const PARTS = ['prompt', 'prefix'] as const;
export type Part = (typeof PARTS)[number];

/** A sequence whose metric is attributed. */
export interface AttributionReading extends MetricReading {
  /** Number of tokens of each part of the sequence; both parts start at its first token. */
  readonly lengths: Readonly<Record<Part, number>>;
  /** The same tokens but one, after which features have the values that the path `swapped` starts from. */
  readonly swappedIds?: readonly number[];
}

/** Sequences whose metrics are attributed along paths of one kind. */
export interface AttributionPass {
  /** Where features start. */
  readonly path: Path;
  readonly readings: readonly AttributionReading[];
  /** Whether `pool` is read of each sequence. */
  readonly pooled?: boolean;
}

/** Number of features in the rankings of one sequence and SAE. */
export interface RankingLengths {
  /** In the rankings by value and by magnitude. */
  readonly top: number;
  /** In the ranking by value within each part. */
  readonly topOfPart: number;
}

/**
 * The tokens of a batch's swapped sequences.
 * @throws where a reading has none, or one of another length
 */
export const swappedFeeds = ({ sequences }: SequenceBatch<AttributionReading>): TokenFeeds =>
  padLeft(
    sequences.map(({ ids, swappedIds }) => {
      if (swappedIds?.length === ids.length) return swappedIds;
      throw new Error(
        `a sequence of ${ids.length} tokens has ${swappedIds?.length ?? 'no'} swapped ones: give the same tokens but one`,
      );
    }),
  ).feeds;
