import type { Tokenizer } from '../sources/formats/tokenizer.ts';

/**
 * Token ids of a text that a form writes; none for an empty one.
 * @throws where they are another text's: `tokenizer lacks tokens for: "1."`
 */
export function exactIds(text: string, tokenizer: Pick<Tokenizer, 'encode' | 'decode'>): number[] {
  const ids = text === '' ? [] : tokenizer.encode(text);
  // A tokenizer with a token for unknown text encodes everything: only the round trip tells.
  if (tokenizer.decode(ids) === text) return ids;
  throw new Error(`tokenizer lacks tokens for: ${JSON.stringify(text)}: choose another form`);
}
