import type { completions } from '../../schema/completions.ts';
import type { Place } from '../../schema/feature-places.ts';
import type { items } from '../../schema/items.ts';
import type { Row } from '../../schema/table.ts';
import type { tokens } from '../../schema/tokens.ts';

type List = Row<typeof completions>;
type Token = Row<typeof tokens>;

/** The place of every token of each list, by position; of an item that is first and last, the last counts. */
export function placesByList(
  lists: readonly List[],
  rows: { readonly tokens: readonly Token[]; readonly items: readonly Row<typeof items>[] },
): Map<string, Place[]> {
  const tokensOf = Map.groupBy(rows.tokens, ({ sample_id }) => sample_id);
  const last = new Map(
    rows.items.flatMap(({ sample_id, item_index, items_from_end }) =>
      items_from_end === 0 ? [[sample_id, item_index] as const] : [],
    ),
  );
  return new Map(
    lists.map(({ sample_id }) => [
      sample_id,
      tokensOf.get(sample_id)!.map((token) => placeOf(token, last.get(sample_id))),
    ]),
  );
}

function placeOf({ kind, item_index }: Token, last: number | undefined): Place {
  if (kind !== 'item') return kind;
  if (item_index === last) return 'last item';
  return item_index === 0 ? 'first item' : 'middle item';
}
