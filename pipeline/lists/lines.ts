import type { Answer } from './parsed-list.ts';
import { isBlank, isNewline } from './token-text.ts';

/** A line of an answer, by positions. */
export interface Line {
  readonly start: number;
  /** Its newline or stop token; null if the token limit cut it off. */
  readonly close: number | null;
  /** The start of the next line. */
  readonly next: number;
}

/** The lines of an answer, in order. */
export function* linesOf(
  tokens: readonly string[],
  { answerStart, ended }: Answer,
): Generator<Line> {
  const closes = (pos: number) =>
    isNewline(tokens[pos]!) || (ended && pos === tokens.length - 1) ? pos : null;
  let start = answerStart;
  for (let pos = answerStart; pos < tokens.length; pos++) {
    const close = closes(pos);
    if (close === null && pos < tokens.length - 1) continue;
    yield { start, close, next: pos + 1 };
    start = pos + 1;
  }
}

/** Position of the last token from `from` on, before `to`, that is not a blank; `from - 1` where all are blanks. */
export function lastContent(tokens: readonly string[], from: number, to: number): number {
  let last = to - 1;
  while (last >= from && isBlank(tokens[last]!)) last--;
  return last;
}
