import { exactIds } from './exact-ids.ts';
import { markerText } from './item-layout.ts';
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
 * names the separator and the next marker. Each of these parts is tokenised for itself, so that no token crosses from one to
 * another. Where the answer is not begun, the first marker is spelled, too.
 * @param names those that the vocabulary can spell (`isSpellable`)
 */
export function spellList(
  prompt: readonly number[],
  names: readonly string[],
  form: TokenForm,
): SpelledList {
  const { events, listForm, openingIds, tokenizer } = form;
  const ids = [...prompt];
  const items = names.map((name, i): SpelledItem => {
    if (i > 0) ids.push(events.item.again);
    if (i > 0 || openingIds.length === 0)
      ids.push(...exactIds(markerText(listForm.layout, i), tokenizer));
    const posFirstToken = ids.length;
    ids.push(...(nameIds(name, i, form) ?? []));
    return { posFirstToken, posLastToken: ids.length - 1 };
  });
  return { ids, items };
}

/** Whether the vocabulary can spell an item's name wherever it stands in a list. */
export const isSpellable = (name: string, form: TokenForm): boolean =>
  [0, 1].every((index) => nameIds(name, index, form) !== null);

/** Token ids of an item's name at a place of a list; null where the vocabulary cannot spell it. */
export function nameIds(
  name: string,
  index: number,
  { tokenizer, listForm }: TokenForm,
): number[] | null {
  const text = isAfterSpace(listForm, index) ? ` ${name}` : name;
  const ids = encodable(text, tokenizer) ?? [];
  // A tokenizer with a token for unknown text encodes everything: only the round trip tells.
  return ids.length > 0 && tokenizer.decode(ids) === text ? ids : null;
}

/** Whether a space stands before a name: it does after a marker, a comma, or the heading of a text. */
function isAfterSpace({ layout, request }: TokenForm['listForm'], index: number): boolean {
  if (layout.by === 'line') return false;
  return layout.by !== 'comma' || index > 0 || request === 'text';
}

/** Token ids; null where a byte of the text has no token, for which a tokenizer of bytes throws. */
function encodable(text: string, tokenizer: TokenForm['tokenizer']): number[] | null {
  try {
    return tokenizer.encode(text);
  } catch {
    return null;
  }
}
