import type { Place } from '../../schema/feature-places.ts';
import type { Row } from '../../schema/table.ts';
import type { tokens } from '../../schema/tokens.ts';
import { type ItemRow, type ListRow, lastItemByList } from '../lists-by-id.ts';

type TokenRow = Row<typeof tokens>;

/** The place in its list of every token, by `sample_id` and position, as the tokens come. */
export interface TokenPlaces {
  add(tokens: readonly TokenRow[]): void;
  readonly byList: ReadonlyMap<string, Place[]>;
}

/** A token of a list's only item is of its last item. @param lists whose tokens are placed; others are left out */
export function startPlaces(lists: readonly ListRow[], items: readonly ItemRow[]): TokenPlaces {
  const lastItems = lastItemByList(items);
  const byList = new Map(lists.map(({ sample_id }) => [sample_id, [] as Place[]]));
  return {
    add(tokens) {
      for (const token of tokens) {
        const lastIndex = lastItems.get(token.sample_id)?.item_index;
        byList.get(token.sample_id)?.push(placeOf(token, lastIndex));
      }
    },
    byList,
  };
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
