import type { ListEvent, PositionKind } from '../schema/list-events.ts';

/** The form of a list: how the answer opens, how items are separated, and which tokens end or continue the list. */
export interface ListForm {
  /** The start of the answer, written for the model to elicit a list: the last token of every prompt. */
  readonly opening: string;
  /** The token that begins each line with an item. */
  readonly marker: string;
  /** The token of each event at each kind of position; null: the subject's first stop token. */
  readonly events: Readonly<Record<PositionKind, Readonly<Record<ListEvent, string | null>>>>;
}
