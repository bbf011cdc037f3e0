import type { NextTokenRow } from '../../interp/next-token.ts';
import { type EventIds, eventColumns, type TokenForm } from '../../lists/token-form.ts';
import type { EntropyRow } from '../../schema/entropy.ts';
import {
  type Distribution,
  entropyOf,
  klDivergence,
  probabilityOf,
} from '../../stats/distribution.ts';
import type { Reading } from './reading.ts';

/** Every measure of the next-token distribution after one position. */
export type Measures = Omit<
  EntropyRow,
  | 'sample_id'
  | 'condition'
  | 'item_index'
  | 'items_from_end'
  | 'position_kind'
  | 'p_end'
  | 'p_again'
  | 'true_p_end'
  | 'true_p_again'
>;

/** The token ids whose probabilities are computed. */
export interface Watch {
  /** The tokens of the form's events, or the whole vocabulary where the true distribution is known. */
  readonly ids: readonly number[];
  /** Index in `ids` by token id. */
  readonly indexOf: ReadonlyMap<number, number>;
}

/**
 * @param wholeVocabulary whether every token is watched, as the KL divergence needs
 * @param mostItems items of the longest list
 */
export function watchTokens(
  { events, tokenizer }: TokenForm,
  { wholeVocabulary, mostItems }: { readonly wholeVocabulary: boolean; readonly mostItems: number },
): Watch {
  const items = Array.from({ length: Math.max(1, mostItems) }, (_, index) => index);
  const ofEvents = items.flatMap((index) => Object.values(eventColumns(events, index)));
  const ids = wholeVocabulary
    ? Array.from({ length: tokenizer.vocabSize }, (_, id) => id)
    : [...new Set(ofEvents.filter((id) => id !== null))];
  return { ids, indexOf: new Map(ids.map((id, i) => [id, i])) };
}

/** A reading with the model's distribution and, where it is known, the generating process's. */
export interface PredictedReading {
  readonly reading: Reading;
  readonly predicted: NextTokenRow;
  /** The process's distribution after the prompt and after each token of the answer. */
  readonly truth: readonly (Distribution | null)[] | null;
}

/** The measures of one reading, as a function of the position and of the index of the item at it, where it is at one. */
export const measuresByPosition =
  ({ reading, predicted, truth }: PredictedReading, watch: Watch, events: EventIds) =>
  (pos: number, itemIndex = 0): Measures => {
    const q = (id: number) => predicted.probs[pos * watch.ids.length + watch.indexOf.get(id)!]!;
    const p = truth?.[pos - (reading.list.n_prompt_tokens - 1)] ?? null;
    const tokens = eventColumns(events, itemIndex);
    const trueProbability = (id: number) => p && probabilityOf(p, id);
    // No one token leads to another item: all but that of the end do.
    const again = <P extends number | null>(of: (id: number) => P): P | number => {
      if (tokens.p_newline_again !== null) return of(tokens.p_newline_again);
      const end = of(events.newline.end);
      return end === null ? end : 1 - end;
    };
    return {
      entropy: predicted.entropy[pos]!,
      p_item_end: q(events.item.end),
      p_item_again: q(events.item.again),
      p_newline_end: q(events.newline.end),
      p_newline_again: again(q),
      true_entropy: p && entropyOf(p),
      true_p_item_end: trueProbability(events.item.end),
      true_p_item_again: trueProbability(events.item.again),
      true_p_newline_end: trueProbability(events.newline.end),
      true_p_newline_again: again(trueProbability),
      kl: p && klDivergence(p, q),
    };
  };
