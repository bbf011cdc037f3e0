import type { Place } from '../../schema/feature-places.ts';
import type { Row } from '../../schema/table.ts';
import type { tokens } from '../../schema/tokens.ts';
import { groupByList, type ItemRow, type ListRow, lastItemByList } from '../lists-by-id.ts';

type TokenRow = Row<typeof tokens>;

/**
 * The place in its list of every token, by `sample_id` and position. A token of a list's only item is of its last item.
 */
export function placesByList(
  lists: readonly ListRow[],
  rows: { readonly tokens: readonly TokenRow[]; readonly items: readonly ItemRow[] },
): Map<string, Place[]> {
  const tokensOf = groupByList(rows.tokens);
  const lastItems = lastItemByList(rows.items);
  return new Map(
    lists.map(({ sample_id }) => {
      const lastIndex = lastItems.get(sample_id)?.item_index;
      return [sample_id, tokensOf.get(sample_id)!.map((token) => placeOf(token, lastIndex))];
    }),
  );
}

function placeOf({ kind, item_index }: TokenRow, lastIndex: number | undefined): Place {
  if (kind !== 'item') return kind;
  if (item_index === lastIndex) return 'last item';
  return item_index === 0 ? 'first item' : 'middle item';
}

/** Number of tokens of each place in all lists. @param uncounted leading positions of each list to leave out */
export function countPlaces(lists: readonly Place[][], uncounted: number): Map<Place, number> {
  const counts = new Map<Place, number>();
  for (const places of lists)
    for (const place of places.slice(uncounted)) counts.set(place, (counts.get(place) ?? 0) + 1);
  return counts;
}
