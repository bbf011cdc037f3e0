import type { PositionKind } from '../schema/list-events.ts';
import type { ProxyName } from '../schema/proxies.ts';
import type { EventIds } from './token-form.ts';

/**
 * The study's two proxy metrics for "the list ends here": the logit of the event `end` minus that of `again`, read at
 * an item's last token or at the newline or comma after it. The write-up named them after Gemma 2's tokens of these events.
 */
export const PROXIES = {
  blank_newline: { position: 'item', column: 'pos_last_token' },
  end_hyphen: { position: 'newline', column: 'pos_newline' },
} as const satisfies Readonly<
  Record<ProxyName, { position: PositionKind; column: 'pos_last_token' | 'pos_newline' }>
>;

/** The proxy whose attributed features are mapped, described and ablated. */
export const MAPPED_PROXY = 'blank_newline' satisfies ProxyName;

/** Ids of the tokens whose logits the mapped proxy subtracts: the first minus the second. */
export const mappedPair = ({ item }: Pick<EventIds, 'item'>): [end: number, again: number] => [
  item.end,
  item.again,
];

/** The same of any proxy, after an item; null where no one token leads to another item there, and it is not defined. */
export function tokenPairOf(
  events: EventIds,
  proxy: ProxyName,
  itemIndex: number,
): [end: number, again: number] | null {
  if (PROXIES[proxy].position === 'item') return mappedPair(events);
  const again = events.newline.again(itemIndex);
  return again === null ? null : [events.newline.end, again];
}
