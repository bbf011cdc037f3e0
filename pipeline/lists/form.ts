import type { ItemLayout } from './item-layout.ts';

/** The form of a list: how the model is asked for it, how items are set apart, and which tokens end or continue it. */
export interface ListForm {
  /** How the model is asked: by a turn of its chat template, or by a text that it continues. */
  readonly request: 'chat' | 'text';
  /** Lists shown to the model before it is asked, each after its own request; empty for none. */
  readonly examples: readonly ExampleList[];
  /** The start of the answer, written for the model to elicit a list: the last tokens of every prompt; may be empty. */
  readonly opening: string;
  readonly layout: ItemLayout;
  /** Tokens that end an answer besides the subject's stop tokens: a text is continued after a list, a turn is not. */
  readonly endings: readonly string[];
  /** The token of each event at each kind of position; null: the subject's first stop token. */
  readonly events: FormEvents;
}

export interface FormEvents {
  readonly item: { readonly end: string | null; readonly again: string };
  readonly newline: { readonly end: string | null; readonly again: string | VaryingToken };
}

/**
 * What leads to another item where no token does so after every item: the first token of the number that is due, or any
 * token but that of the end.
 */
export type VaryingToken = typeof NUMBER_DUE | typeof ANY_OTHER;
export const NUMBER_DUE = { words: 'the next number' } as const;
export const ANY_OTHER = { words: 'any other token' } as const;

/** A request and the items of its list. */
export interface ExampleList {
  readonly request: string;
  readonly items: readonly string[];
}
