/** Kinds of tokens in a list. `other` is a token that is not part of the list, such as one of a closing remark. */
export const TOKEN_KINDS = [
  'prompt',
  'marker',
  'item',
  'blank',
  'newline',
  'end',
  'other',
] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];
