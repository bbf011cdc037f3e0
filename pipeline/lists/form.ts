import type { ListEvent, PositionKind } from '../schema/list-events.ts';

/** The form of a list: how an answer begins, how its items are told apart, and what its end looks like. */
export interface ListForm {
  /** What the answer is begun with for the model: the last token of every prompt. */
  readonly opening: string;
  /** The token that begins each line with an item. */
  readonly marker: string;
  /** The one token of each event at each position; null: the first of the subject's stop tokens. */
  readonly events: Readonly<Record<PositionKind, Readonly<Record<ListEvent, string | null>>>>;
}
