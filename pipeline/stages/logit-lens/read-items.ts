import { type LensRow, logitLens } from '../../interp/logit-lens.ts';
import type { Reader } from '../../interp/reader.ts';
import { PROXIES, tokenPairOf } from '../../lists/proxies.ts';
import type { EventIds } from '../../lists/token-form.ts';
import type { ProxyName } from '../../schema/proxies.ts';
import type { ItemRow, ListRow } from '../lists-by-id.ts';

/** The logit lens at one item of one list. */
export interface ItemLens {
  readonly proxy: ProxyName;
  readonly item: ItemRow;
  /** The lens of the whole list. */
  readonly row: LensRow;
  /** Index of this item's position among the positions read in the list. */
  readonly column: number;
}

export interface ReadItemsOptions {
  readonly proxy: ProxyName;
  /** By `sample_id`. */
  readonly itemsOf: ReadonlyMap<string, readonly ItemRow[]>;
  readonly events: EventIds;
  readonly onProgress: (done: number) => void;
}

/** Read each item at the position where a proxy's logit difference is defined; items without one are left out. */
export async function readItems(
  reader: Reader,
  lists: readonly ListRow[],
  { proxy, itemsOf, events, onProgress }: ReadItemsOptions,
): Promise<ItemLens[]> {
  const { column: position } = PROXIES[proxy];
  const itemsRead = lists.map(({ sample_id }) =>
    (itemsOf.get(sample_id) ?? []).filter((item) => item[position] !== null),
  );
  const readings = lists.map(({ token_ids }, i) => ({
    ids: token_ids,
    positions: itemsRead[i]!.map((item) => item[position]!),
  }));
  const rows = await logitLens(reader, readings, { pair: tokenPairOf(events, proxy), onProgress });
  return itemsRead.flatMap((items, i) =>
    items.map((item, column) => ({ proxy, item, row: rows[i]!, column })),
  );
}
