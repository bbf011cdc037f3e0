import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import { type ParsedList, parseList } from './parse-list.ts';

/** A list as it was written. */
export interface ReadList {
  /** The text of each token, prompt first. */
  readonly pieces: readonly string[];
  readonly parsed: ParsedList;
  /** The text of each item. */
  readonly names: readonly string[];
  /** The answer, from its first hyphen on, without the stop token. */
  readonly text: string;
}

/**
 * @param ids prompt and completion
 * @param promptLength tokens of the prompt, of which the last is the answer's first hyphen
 * @param ended whether the last token is the stop token that ended the turn
 */
export function readList(
  ids: readonly number[],
  promptLength: number,
  ended: boolean,
  tokenizer: Tokenizer,
): ReadList {
  const pieces = ids.map(tokenizer.token);
  const answerStart = promptLength - 1;
  const parsed = parseList(pieces, answerStart, ended);
  const names = parsed.items.map(({ posFirstToken, posLastToken }) =>
    tokenizer.decode(ids.slice(posFirstToken, posLastToken + 1)).trim(),
  );
  const text = tokenizer.decode(ids.slice(answerStart, ended ? -1 : undefined));
  return { pieces, parsed, names, text };
}
