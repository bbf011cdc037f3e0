import type { NextTokenRow } from '../../interp/next-token.ts';
import type { EntropyRow } from '../../schema/entropy.ts';
import type { PositionKind } from '../../schema/list-events.ts';
import type { TokenEntropyRow } from '../../schema/token-entropy.ts';
import type { ItemRow } from '../lists-by-id.ts';
import type { Measures } from './measures.ts';
import type { Reading } from './reading.ts';

/** One row for each item's last token and one for the separator after it. */
export const entropyRows = (
  { list, condition }: Reading,
  items: readonly ItemRow[],
  measuresAt: (pos: number, itemIndex: number) => Measures,
): EntropyRow[] =>
  items.flatMap(({ item_index, items_from_end, pos_last_token, pos_newline }) => {
    const row = (position_kind: PositionKind, pos: number): EntropyRow => {
      const measures = measuresAt(pos, item_index);
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

/** One row for each token from the answer's opening on, without the stop token, which nothing follows. */
export function tokenEntropyRows(
  { list, ids }: Reading,
  { realised }: NextTokenRow,
  measuresAt: (pos: number) => Measures,
): TokenEntropyRow[] {
  const start = list.n_prompt_tokens - 1;
  const end = list.ended ? ids.length - 1 : ids.length;
  return Array.from({ length: end - start }, (_, i) => {
    const pos = start + i;
    const { entropy, true_entropy, kl } = measuresAt(pos);
    const p_realised = pos + 1 < ids.length ? Math.exp(realised[pos]!) : null;
    return { sample_id: list.sample_id, pos, entropy, p_realised, true_entropy, kl };
  });
}
