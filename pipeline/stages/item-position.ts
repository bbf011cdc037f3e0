import type { ItemRow } from './lists-by-id.ts';

/** An item's position, counted from one end of its list; the other count is null. */
export type ItemPosition =
  | { readonly item_index: number; readonly items_from_end: null }
  | { readonly item_index: null; readonly items_from_end: number };

/** An item's position counted from the start and, in a list that ended, also from the end. */
export function positionsFromBothEnds({
  item_index,
  items_from_end,
}: Pick<ItemRow, 'item_index' | 'items_from_end'>): ItemPosition[] {
  const fromStart = { item_index, items_from_end: null };
  return items_from_end === null ? [fromStart] : [fromStart, { item_index: null, items_from_end }];
}
