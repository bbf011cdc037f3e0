import type { ListEvent, PositionKind } from '../schema/list-events.ts';

/** The form of a list: how the model is asked for it, how items are separated, and which tokens end or continue it. */
export interface ListForm {
  /** How the model is asked: by a turn of its chat template, or by a text that it continues. */
  readonly request: 'chat' | 'text';
  /** Lists shown to the model before it is asked, each after its own request; empty for none. */
  readonly examples: readonly ExampleList[];
  /** The start of the answer, written for the model to elicit a list: the last token of every prompt. */
  readonly opening: string;
  /** The token that begins each line with an item. */
  readonly marker: string;
  /** Tokens that end an answer besides the subject's stop tokens: a text is continued after a list, a turn is not. */
  readonly endings: readonly string[];
  /** The token of each event at each kind of position; null: the subject's first stop token. */
  readonly events: Readonly<Record<PositionKind, Readonly<Record<ListEvent, string | null>>>>;
}

/** A request and the items of its list. */
export interface ExampleList {
  readonly request: string;
  readonly items: readonly string[];
}
