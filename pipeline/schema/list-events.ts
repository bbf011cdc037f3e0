/** Where a list goes on or ends: after an item's last token, and after the newline that closes the item. */
export const POSITION_KINDS = ['item', 'newline'] as const;
export type PositionKind = (typeof POSITION_KINDS)[number];

/** What can come next there: what leads to the end of the list, or what leads to another item. */
export const EVENTS = ['end', 'again'] as const;
export type ListEvent = (typeof EVENTS)[number];

/** Columns with the probability of each event's own token: `p_item_end` is that of `end` after an item's last token. */
export const EVENT_COLUMNS = [
  'p_item_end',
  'p_item_again',
  'p_newline_end',
  'p_newline_again',
] as const satisfies readonly `p_${PositionKind}_${ListEvent}`[];
export type EventColumn = (typeof EVENT_COLUMNS)[number];
