/** What a token is in a list. `other` is anything that is no part of the list, such as a closing remark. */
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
