import type { TokenForm } from './token-form.ts';

/** What tokenizers without a token for every byte call text that they do not know. */
export const UNKNOWN = '<unk>';

/** Whether a text is no more than text: it does not spell out a special token, such as the end of a turn. */
export function isPlainText(text: string, { tokenizer, chat }: TokenForm): boolean {
  const { encode, token, decode } = tokenizer;
  // Not every tokenizer calls the tokens of its turns special.
  const stops: readonly string[] = chat.stopTokens;
  return encode(text).every((id) => {
    const own = token(id);
    return own === UNKNOWN || (!stops.includes(own) && decode([id], { skipSpecial: true }) === own);
  });
}
