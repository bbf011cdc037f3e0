import { int64, type Tensor } from '../../graph/tensor.ts';
import { padLeft, type TokenFeeds } from '../../runtime/batch.ts';
import type { Feeds } from '../../runtime/session.ts';
import type { MetricReading } from '../logit-diff.ts';
import type { SequenceBatch } from '../reader.ts';
import { PARTS, type Part } from './attribution-graph.ts';

/** A sequence whose metric is attributed. */
export interface AttributionReading extends MetricReading {
  /** Number of tokens of each part of the sequence; both parts start at its first token. */
  readonly lengths: Readonly<Record<Part, number>>;
  /** The same tokens but one, after which features have the values that the path `swapped` starts from. */
  readonly swappedIds?: readonly number[];
}

/** Number of features in the rankings of one sequence and SAE. */
export interface RankingLengths {
  /** In the rankings by value and by magnitude. */
  readonly top: number;
  /** In the ranking by value within each part. */
  readonly topOfPart: number;
}

type AttributionBatch = SequenceBatch<AttributionReading>;

/** The masks and lengths of a batch's rankings. A ranking is no longer than positions times features. */
export function rankingFeeds(
  { batch, sequences }: AttributionBatch,
  uncounted: number,
  { top, topOfPart, dSae }: RankingLengths & { readonly dSae: number },
): Feeds & { readonly counted: Tensor } {
  const partMask = (part: Part) =>
    batch.mask(
      uncounted,
      sequences.map(({ lengths }) => lengths[part]),
    );
  const limited = (k: number) => int64([Math.min(k, batch.length * dSae)], [1]);
  return {
    counted: batch.mask(uncounted),
    ...Object.fromEntries(PARTS.map((part) => [part, partMask(part)])),
    k: limited(top),
    'k of part': limited(topOfPart),
  };
}

/**
 * The tokens of a batch's swapped sequences.
 * @throws where a reading has none, or one of another length
 */
export const swappedFeeds = ({ sequences }: AttributionBatch): TokenFeeds =>
  padLeft(
    sequences.map(({ ids, swappedIds }) => {
      if (swappedIds?.length === ids.length) return swappedIds;
      throw new Error(
        `a sequence of ${ids.length} tokens has ${swappedIds?.length ?? 'no'} swapped ones: give the same tokens but one`,
      );
    }),
  ).feeds;
