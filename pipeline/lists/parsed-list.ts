import type { TokenKind } from '../schema/token-kinds.ts';

export interface ListItem {
  /** Position of the item's first token, after its marker. */
  readonly posFirstToken: number;
  /** Position of the item's last token, a trailing blank not counted. */
  readonly posLastToken: number;
  /** Position of the separator after the item, a newline or a comma; null if the list ended without one. */
  readonly posNewline: number | null;
  /** Whether a blank (a token of spaces only) comes between the last token and the separator or the end of the turn. */
  readonly blankAfter: boolean;
}

export interface ParsedList {
  readonly items: readonly ListItem[];
  /** [position] */
  readonly kinds: readonly TokenKind[];
  /** [position]: index of the item to which the token, a marker, blank or separator belongs; null for other tokens. */
  readonly itemIndex: readonly (number | null)[];
}

/** An answer to be parsed. */
export interface Answer {
  /** Position of the answer's first token. */
  readonly answerStart: number;
  /** Whether the last token is the stop token that ended the turn. */
  readonly ended: boolean;
}

/** A parsed list that is being filled in: nothing is known of it yet but its prompt. */
export function startParsing(tokens: readonly string[], answerStart: number) {
  const kinds: TokenKind[] = tokens.map((_, pos) => (pos < answerStart ? 'prompt' : 'other'));
  const itemIndex: (number | null)[] = tokens.map(() => null);
  const items: ListItem[] = [];
  return { items, kinds, itemIndex };
}
