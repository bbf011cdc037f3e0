/** Positions at which a list continues or ends: an item's last token, and the newline after the item, or the comma in its place. */
export const POSITION_KINDS = ['item', 'newline'] as const;
export type PositionKind = (typeof POSITION_KINDS)[number];

/** The events that can follow: `end` leads to the end of the list, `again` to another item. */
export const EVENTS = ['end', 'again'] as const;
export type ListEvent = (typeof EVENTS)[number];

/** Columns with the probability of an event's token: `p_item_end` is for the event `end` after an item's last token. */
export const EVENT_COLUMNS = [
  'p_item_end',
  'p_item_again',
  'p_newline_end',
  'p_newline_again',
] as const satisfies readonly `p_${PositionKind}_${ListEvent}`[];
export type EventColumn = (typeof EVENT_COLUMNS)[number];
