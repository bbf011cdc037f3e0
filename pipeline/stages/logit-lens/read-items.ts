import { forEachLens, type LensRow } from '../../interp/logit-lens.ts';
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

/**
 * Read each item at the position where a proxy's logit difference is defined; items without one are left out.
 * @param onItem is given the items in the order of the lists, as these are done
 */
export async function readItems(
  reader: Reader,
  lists: readonly ListRow[],
  { proxy, itemsOf, events, onProgress }: ReadItemsOptions,
  onItem: (item: ItemLens) => void,
): Promise<void> {
  const { column } = PROXIES[proxy];
  const read = lists.map(({ sample_id }) =>
    (itemsOf.get(sample_id) ?? []).flatMap((item) => {
      const [position, pair] = [item[column], tokenPairOf(events, proxy, item.item_index)];
      return position === null || pair === null ? [] : [{ item, position, pair }];
    }),
  );
  const readings = lists.map(({ token_ids }, i) => ({
    ids: token_ids,
    positions: read[i]!.map(({ position }) => position),
    pairs: read[i]!.map(({ pair }) => pair),
  }));
  await forEachLens(reader, readings, { onProgress }, (row, i) => {
    for (const [column, { item }] of read[i]!.entries()) onItem({ proxy, item, row, column });
  });
}
