import type { NextTokenRow } from '../../interp/next-token.ts';
import { normalizeItem } from '../../lists/parse-list.ts';
import type { AuthorshipRow } from '../../schema/authorship.ts';
import { type Distribution, entropyOf, probabilityOf } from '../../stats/distribution.ts';
import type { AuthoredReading } from './lists.ts';

/** A list as it was read, with the events' probabilities in the order end, again. */
export interface PredictedList {
  readonly reading: AuthoredReading;
  readonly predicted: NextTokenRow;
  /** The generating process's distribution after the prompt and after each token of the answer; null where unknown. */
  readonly truth: readonly (Distribution | null)[] | null;
  /** Token id of the event “end” after an item. */
  readonly endId: number;
}

/** One row for each item. */
export const authorshipRows = ({ reading, predicted, truth, endId }: PredictedList) =>
  reading.items.map(({ posFirstToken, posLastToken }, item_index): AuthorshipRow => {
    const { list_id, author, topic, template, ended, n_items } = reading.row;
    const n_tokens = posLastToken - posFirstToken + 1;
    // The token at a position is predicted at the position before it.
    const log_likelihood = predicted.realised
      .subarray(posFirstToken - 1, posLastToken)
      .reduce((sum, x) => sum + x, 0);
    const process = truth?.[posLastToken - (reading.promptLength - 1)] ?? null;
    return {
      list_id,
      author,
      topic,
      template,
      item_index,
      items_from_end: ended ? n_items - 1 - item_index : null,
      is_repeat: isRepeat(reading.names, item_index),
      n_tokens,
      entropy: predicted.entropy[posLastToken]!,
      p_end: predicted.probs[2 * posLastToken]!,
      p_again: predicted.probs[2 * posLastToken + 1]!,
      true_entropy: process && entropyOf(process),
      true_p_end: process && probabilityOf(process, endId),
      log_likelihood,
      log_likelihood_per_token: log_likelihood / n_tokens,
    };
  });

const isRepeat = (names: readonly string[], index: number): boolean =>
  names.slice(0, index).some((name) => normalizeItem(name) === normalizeItem(names[index]!));
