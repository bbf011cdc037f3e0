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

/** @param wholeVocabulary whether every token is watched, as the KL divergence needs */
export function watchTokens({ events, tokenizer }: TokenForm, wholeVocabulary: boolean): Watch {
  const ids = wholeVocabulary
    ? Array.from({ length: tokenizer.vocabSize }, (_, id) => id)
    : [...new Set(Object.values(eventColumns(events)))];
  return { ids, indexOf: new Map(ids.map((id, i) => [id, i])) };
}

/** A reading with the model's distribution and, where it is known, the generating process's. */
export interface PredictedReading {
  readonly reading: Reading;
  readonly predicted: NextTokenRow;
  /** The process's distribution after the prompt and after each token of the answer. */
  readonly truth: readonly (Distribution | null)[] | null;
}

/** The measures of one reading, as a function of the position. */
export const measuresByPosition =
  ({ reading, predicted, truth }: PredictedReading, watch: Watch, events: EventIds) =>
  (pos: number): Measures => {
    const q = (id: number) => predicted.probs[pos * watch.ids.length + watch.indexOf.get(id)!]!;
    const p = truth?.[pos - (reading.list.n_prompt_tokens - 1)] ?? null;
    const tokens = eventColumns(events);
    const trueProbability = (id: number) => p && probabilityOf(p, id);
    return {
      entropy: predicted.entropy[pos]!,
      p_item_end: q(tokens.p_item_end),
      p_item_again: q(tokens.p_item_again),
      p_newline_end: q(tokens.p_newline_end),
      p_newline_again: q(tokens.p_newline_again),
      true_entropy: p && entropyOf(p),
      true_p_item_end: trueProbability(tokens.p_item_end),
      true_p_item_again: trueProbability(tokens.p_item_again),
      true_p_newline_end: trueProbability(tokens.p_newline_end),
      true_p_newline_again: trueProbability(tokens.p_newline_again),
      kl: p && klDivergence(p, q),
    };
  };
