import { forEachLens, type LensRow } from '../../interp/logit-lens.ts';
import type { Reader } from '../../interp/reader.ts';
import { PROXIES, tokenPairOf } from '../../lists/proxies.ts';
import type { EventIds } from '../../lists/token-form.ts';
import type { ProxyName } from '../../schema/proxies.ts';
import { groupByList, type ItemRow, type ListRow } from '../lists-by-id.ts';

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
 * Read each item at the position where a proxy's logit difference is defined; items without one are left out. Lists are
 * read once for each pair of tokens that the proxy compares in them: for one, but where items are numbered.
 * @param onItem is given the items of each pair in the order of the lists, as these are done
 */
export async function readItems(
  reader: Reader,
  lists: readonly ListRow[],
  { proxy, itemsOf, events, onProgress }: ReadItemsOptions,
  onItem: (item: ItemLens) => void,
): Promise<void> {
  const { column: position } = PROXIES[proxy];
  const defined = lists.flatMap(({ sample_id }) =>
    (itemsOf.get(sample_id) ?? []).flatMap((item) => {
      const pair = tokenPairOf(events, proxy, item.item_index);
      return item[position] === null || pair === null ? [] : [{ item, pair }];
    }),
  );
  const passes = [...Map.groupBy(defined, ({ pair }) => `${pair}`).values()];
  for (const [pass, ofPair] of passes.entries()) {
    const read = groupByList(ofPair.map(({ item }) => item));
    const chosen = passes.length === 1 ? lists : lists.filter((list) => read.has(list.sample_id));
    const itemsRead = chosen.map(({ sample_id }) => read.get(sample_id) ?? []);
    const readings = chosen.map(({ token_ids }, i) => ({
      ids: token_ids,
      positions: itemsRead[i]!.map((item) => item[position]!),
    }));
    const done = (n: number) =>
      onProgress(Math.floor((lists.length * (pass + n / chosen.length)) / passes.length));
    const options = { pair: ofPair[0]!.pair, onProgress: done };
    await forEachLens(reader, readings, options, (row, i) => {
      for (const [column, item] of itemsRead[i]!.entries()) onItem({ proxy, item, row, column });
    });
  }
}
