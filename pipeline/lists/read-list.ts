import { type ParsedList, parseList } from './parse-list.ts';
import type { TokenForm } from './token-form.ts';

/** A list as the model wrote it. */
export interface WrittenList {
  /** Token ids of prompt and completion. */
  readonly ids: readonly number[];
  /** Tokens of the prompt, of which the last is the answer's opening. */
  readonly promptLength: number;
  /** Whether the last token is the stop token that ended the turn. */
  readonly ended: boolean;
}

/** A list with its items found. */
export interface ReadList {
  /** The text of each token, prompt first. */
  readonly pieces: readonly string[];
  readonly parsed: ParsedList;
  /** The text of each item. */
  readonly names: readonly string[];
  /** The answer, from its opening on, without the stop token. */
  readonly text: string;
}

export function readList(
  { ids, promptLength, ended }: WrittenList,
  { tokenizer, shape }: TokenForm,
): ReadList {
  const pieces = ids.map(tokenizer.token);
  const answerStart = promptLength - 1;
  const parsed = parseList(pieces, { marker: shape.marker, answerStart, ended });
  const names = parsed.items.map(({ posFirstToken, posLastToken }) =>
    tokenizer.decode(ids.slice(posFirstToken, posLastToken + 1)).trim(),
  );
  const text = tokenizer.decode(ids.slice(answerStart, ended ? -1 : undefined));
  return { pieces, parsed, names, text };
}
