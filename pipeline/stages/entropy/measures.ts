import type { NextTokenRow } from '../../interp/next-token.ts';
import { type EventIds, eventColumns, type TokenForm } from '../../lists/token-form.ts';
import type { EntropyRow } from '../../schema/entropy.ts';
import type { PositionKind } from '../../schema/list-events.ts';
import type { TokenEntropyRow } from '../../schema/token-entropy.ts';
import {
  type Distribution,
  entropyOf,
  klDivergence,
  probabilityOf,
} from '../../stats/distribution.ts';
import type { ItemRow } from '../lists-by-id.ts';
import type { Reading } from './reading.ts';

/** Everything known of the distribution after one position. */
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

/** The ids whose probabilities are asked for. */
export interface Watch {
  /** The tokens of the form's events; the whole vocabulary where it is to be compared with a truth. */
  readonly ids: readonly number[];
  /** The place of an id among them. */
  readonly slot: ReadonlyMap<number, number>;
}

export function watchTokens({ events, tokenizer }: TokenForm, all: boolean): Watch {
  const ids = all
    ? Array.from({ length: tokenizer.vocabSize }, (_, id) => id)
    : [...new Set(Object.values(eventColumns(events)))];
  return { ids, slot: new Map(ids.map((id, i) => [id, i])) };
}

/** What is known of one reading: what the model predicts, and what the generating process does where it is known. */
export interface Found {
  readonly reading: Reading;
  readonly predicted: NextTokenRow;
  /** The process's distribution after the prompt, and after each token of the answer. */
  readonly truth: readonly (Distribution | null)[] | null;
}

/** What was found after each position of one reading. */
export const measure =
  ({ reading, predicted, truth }: Found, watch: Watch, events: EventIds) =>
  (pos: number): Measures => {
    const q = (id: number) => predicted.probs[pos * watch.ids.length + watch.slot.get(id)!]!;
    const p = truth?.[pos - (reading.list.n_prompt_tokens - 1)] ?? null;
    const tokens = eventColumns(events);
    const truly = (id: number) => p && probabilityOf(p, id);
    return {
      entropy: predicted.entropy[pos]!,
      p_item_end: q(tokens.p_item_end),
      p_item_again: q(tokens.p_item_again),
      p_newline_end: q(tokens.p_newline_end),
      p_newline_again: q(tokens.p_newline_again),
      true_entropy: p && entropyOf(p),
      true_p_item_end: truly(tokens.p_item_end),
      true_p_item_again: truly(tokens.p_item_again),
      true_p_newline_end: truly(tokens.p_newline_end),
      true_p_newline_again: truly(tokens.p_newline_again),
      kl: p && klDivergence(p, q),
    };
  };

/** One row for each item's last token and one for its newline. */
export const entropyRows = (
  { list, condition }: Reading,
  own: readonly ItemRow[],
  at: (pos: number) => Measures,
): EntropyRow[] =>
  own.flatMap(({ item_index, items_from_end, pos_last_token, pos_newline }) => {
    const row = (position_kind: PositionKind, pos: number): EntropyRow => {
      const measures = at(pos);
      return {
        sample_id: list.sample_id,
        condition,
        item_index,
        items_from_end,
        position_kind,
        p_end: measures[`p_${position_kind}_end`],
        p_again: measures[`p_${position_kind}_again`],
        true_p_end: measures[`true_p_${position_kind}_end`],
        true_p_again: measures[`true_p_${position_kind}_again`],
        ...measures,
      };
    };
    const newline = pos_newline === null ? [] : [row('newline', pos_newline)];
    return [row('item', pos_last_token), ...newline];
  });

/** One row for each token from the answer's opening on; the stop token is followed by nothing. */
export function tokenEntropyRows(
  { list, ids }: Reading,
  found: NextTokenRow,
  at: (pos: number) => Measures,
): TokenEntropyRow[] {
  const start = list.n_prompt_tokens - 1;
  const end = list.ended ? ids.length - 1 : ids.length;
  return Array.from({ length: end - start }, (_, i) => {
    const pos = start + i;
    const { entropy, true_entropy, kl } = at(pos);
    const p_realised = pos + 1 < ids.length ? Math.exp(found.realised[pos]!) : null;
    return { sample_id: list.sample_id, pos, entropy, p_realised, true_entropy, kl };
  });
}
