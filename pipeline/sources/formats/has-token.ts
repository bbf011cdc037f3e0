import type { Tokenizer } from './tokenizer.ts';

/** Whether a text is exactly one token of a vocabulary. */
export function hasToken({ id }: Pick<Tokenizer, 'id'>, text: string): boolean {
  try {
    id(text);
    return true;
  } catch {
    return false;
  }
}
