import type { NextTokenRow } from '../../interp/next-token.ts';
import { type Distribution, entropyOf, probabilityOf } from '../../miniature/process.ts';
import { type EntropyRow, WATCHED_COLUMNS, type WatchedColumn } from '../../schema/entropy.ts';
import type { PositionKind } from '../../schema/entropy-columns.ts';
import type { items } from '../../schema/items.ts';
import type { Row } from '../../schema/table.ts';
import type { TokenEntropyRow } from '../../schema/token-entropy.ts';
import type { Tokenizer } from '../../sources/formats/tokenizer.ts';
import type { Reading } from './reading.ts';
import type { Truth } from './truth.ts';

/** Everything known of the distribution after one position. */
export type Measures = Omit<
  EntropyRow,
  'sample_id' | 'condition' | 'item_index' | 'items_from_end' | 'position_kind'
>;

/** The ids whose probabilities are asked for. */
export interface Watch {
  /** The watched tokens; the whole vocabulary where it is to be compared with a truth. */
  readonly ids: readonly number[];
  /** The place of an id among them. */
  readonly slot: ReadonlyMap<number, number>;
  /** The id of each watched token, by its column. */
  readonly columns: readonly (readonly [WatchedColumn, number])[];
}

export function watchTokens(tokenizer: Tokenizer, all: boolean): Watch {
  const columns = WATCHED_COLUMNS.map((name) => [name, tokenizer.id(WATCHED[name])] as const);
  const ids = all
    ? Array.from({ length: tokenizer.vocabSize }, (_, id) => id)
    : columns.map(([, id]) => id);
  return { ids, slot: new Map(ids.map((id, i) => [id, i])), columns };
}

/** The tokens that decide how a list goes on, by the column that holds their probability. */
const WATCHED: Readonly<Record<WatchedColumn, string>> = {
  p_blank: ' ',
  p_newline: '\n',
  p_hyphen: '-',
  p_end_of_turn: '<end_of_turn>',
};

/** What was found after each position of one reading, with the truth beside it where there is one. */
export const measure =
  ({ list }: Reading, found: NextTokenRow, watch: Watch, truth: Truth | null) =>
  (pos: number): Measures => {
    const q = (id: number) => found.probs[pos * watch.ids.length + watch.slot.get(id)!]!;
    const p = truth?.[pos - (list.n_prompt_tokens - 1)] ?? null;
    const each = (prefix: string, of: (id: number) => number | null) =>
      Object.fromEntries(watch.columns.map(([column, id]) => [prefix + column, of(id)]));
    return {
      entropy: found.entropy[pos]!,
      ...each('', q),
      true_entropy: p && entropyOf(p),
      ...each('true_', (id) => p && probabilityOf(p, id)),
      kl: p && klDivergence(p, q),
    } as Measures;
  };

/** One row for each item's last token and one for its newline. */
export const entropyRows = (
  { list, condition }: Reading,
  own: readonly Row<typeof items>[],
  at: (pos: number) => Measures,
): EntropyRow[] =>
  own.flatMap(({ item_index, items_from_end, pos_last_token, pos_newline }) => {
    const row = (position_kind: PositionKind, pos: number): EntropyRow => ({
      sample_id: list.sample_id,
      condition,
      item_index,
      items_from_end,
      position_kind,
      ...at(pos),
    });
    const newline = pos_newline === null ? [] : [row('newline', pos_newline)];
    return [row('item', pos_last_token), ...newline];
  });

/** One row for each token from the first hyphen on; the stop token is followed by nothing. */
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

/** KL(p ‖ q) = Σ p ln(p / q), in nats. */
const klDivergence = ({ ids, probs }: Distribution, q: (id: number) => number): number =>
  probs.reduce((sum, p, i) => sum + p * Math.log(p / q(ids[i]!)), 0);
