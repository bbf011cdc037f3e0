import type { TokenForm } from './token-form.ts';

/** A list spelled in the tokens of a form. */
export interface SpelledList {
  /** Token ids of prompt and answer; the answer ends with the last token of its last item. */
  readonly ids: readonly number[];
  /** [item]: positions of its first and its last token. */
  readonly items: readonly SpelledItem[];
}

export interface SpelledItem {
  readonly posFirstToken: number;
  readonly posLastToken: number;
}

/**
 * The tokens of a list as a model writes it: after the opening, with which the prompt ends, each name, and between two
 * names a newline and a marker. Each of these parts is tokenised for itself, so that no token crosses from one to another.
 * @param names [item][token]: token ids of each name (`nameIds`)
 */
export function spellList(
  prompt: readonly number[],
  names: readonly (readonly number[])[],
  { events, listForm, tokenizer }: TokenForm,
): SpelledList {
  const ids = [...prompt];
  const between = [events.item.again, tokenizer.id(listForm.marker)];
  const items = names.map((name, i): SpelledItem => {
    if (i > 0) ids.push(...between);
    const posFirstToken = ids.length;
    ids.push(...name);
    return { posFirstToken, posLastToken: ids.length - 1 };
  });
  return { ids, items };
}

/** Token ids of an item's name after its marker; null where the vocabulary cannot spell the name. */
export function nameIds(name: string, { tokenizer }: TokenForm): number[] | null {
  const text = ` ${name}`;
  const ids = encodable(text, tokenizer) ?? [];
  // A tokenizer with a token for unknown text encodes everything: only the round trip tells.
  return ids.length > 0 && tokenizer.decode(ids) === text ? ids : null;
}

/** Token ids; null where a byte of the text has no token, for which a tokenizer of bytes throws. */
function encodable(text: string, tokenizer: TokenForm['tokenizer']): number[] | null {
  try {
    return tokenizer.encode(text);
  } catch {
    return null;
  }
}
