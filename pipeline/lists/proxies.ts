import type { PositionKind } from '../schema/list-events.ts';
import type { ProxyName } from '../schema/proxies.ts';
import type { EventIds } from './token-form.ts';

/**
 * The study's two measures of "the list ends here": the logit of the event `end` less that of `again`, where that choice
 * is made. They bear the names that the write-up gave them, after the tokens of these events in Gemma 2.
 */
export const PROXIES = {
  blank_newline: { position: 'item', column: 'pos_last_token' },
  end_hyphen: { position: 'newline', column: 'pos_newline' },
} as const satisfies Readonly<
  Record<ProxyName, { position: PositionKind; column: 'pos_last_token' | 'pos_newline' }>
>;

/** The proxy whose features are mapped, described and ablated. */
export const MAPPED_PROXY = 'blank_newline' satisfies ProxyName;

/** The tokens whose logits a proxy compares: the first less the second. */
export const pairOf = (events: EventIds, proxy: ProxyName): [end: number, again: number] => {
  const { end, again } = events[PROXIES[proxy].position];
  return [end, again];
};
