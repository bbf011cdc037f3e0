/**
 * Kinds of tokens in a list. `marker` is what stands before an item: a hyphen, each token of a number, or an `and` after a
 * comma; `newline` what stands after it: a newline, or a comma between items of one line; `end` the token that ends the
 * turn, and a full stop that closes a line of commas. `nested` is a token of an indented line with a marker, which is no item of its own; `other` is
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
