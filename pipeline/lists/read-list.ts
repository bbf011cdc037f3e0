import { parseList } from './parse-list.ts';
import type { ParsedList } from './parsed-list.ts';
import type { TokenForm } from './token-form.ts';

/** The tokens of a list, as sampled. */
export interface WrittenList {
  /** Token ids of prompt and completion. */
  readonly ids: readonly number[];
  /** Number of tokens of the prompt; its last tokens are the answer's opening. */
  readonly promptLength: number;
  /** Whether the last token is the stop token that ended the turn. */
  readonly ended: boolean;
}

/** A list, parsed into items. */
export interface ReadList {
  /** [position]: the text of each token. */
  readonly pieces: readonly string[];
  readonly parsed: ParsedList;
  /** The text of each item. */
  readonly itemTexts: readonly string[];
  /** The answer with its opening and without the stop token. */
  readonly text: string;
}

export function readList(
  { ids, promptLength, ended }: WrittenList,
  { tokenizer, listForm, openingIds }: TokenForm,
): ReadList {
  const pieces = ids.map(tokenizer.token);
  const answerStart = promptLength - openingIds.length;
  const parsed = parseList(pieces, { layout: listForm.layout, answerStart, ended });
  const itemTexts = parsed.items.map(({ posFirstToken, posLastToken }) =>
    tokenizer.decode(ids.slice(posFirstToken, posLastToken + 1)).trim(),
  );
  const text = tokenizer.decode(ids.slice(answerStart, ended ? -1 : undefined));
  return { pieces, parsed, itemTexts, text };
}
