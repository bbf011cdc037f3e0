/**
 * Kinds of tokens in a list. `nested` is a token of an indented line with a marker, which is no item of its own; `other` is
 * a token that is not part of the list, such as one of a closing remark.
 */
export const TOKEN_KINDS = [
  'prompt',
  'marker',
  'item',
  'blank',
  'newline',
  'end',
  'nested',
  'other',
] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];
