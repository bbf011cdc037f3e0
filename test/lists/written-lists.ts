import fc from 'fast-check';
import type { TokenKind } from '../../pipeline/schema/token-kinds.ts';

/** An answer in tokens, after a prompt. */
export interface Written {
  readonly tokens: readonly string[];
  readonly answerStart: number;
  readonly ended: boolean;
}

/** Answers of up to 40 tokens, most of them from a form's own, after prompts of up to 8. */
export const writtenIn = (
  usual: readonly string[],
  odd: readonly string[],
): fc.Arbitrary<Written> =>
  fc
    .record({
      tokens: fc.array(
        fc.oneof(
          { arbitrary: fc.constantFrom(...usual), weight: 4 },
          { arbitrary: fc.constantFrom(...odd), weight: 2 },
        ),
        { maxLength: 40 },
      ),
      answerStart: fc.nat(8),
      ended: fc.boolean(),
    })
    .map((list) => ({ ...list, answerStart: Math.min(list.answerStart, list.tokens.length) }));

/** A line of an answer: its tokens without the one that closes it, where they begin, and by what it is closed. */
export interface WrittenLine {
  readonly start: number;
  readonly body: readonly string[];
  readonly close: 'newline' | 'end' | null;
}

/** The lines of an answer, by splitting a string of letters: N newline, E stop token, T anything else. */
export function writtenLines({ tokens, answerStart, ended }: Written): WrittenLine[] {
  const letters = tokens.map((token, pos) => {
    if (ended && pos === tokens.length - 1) return 'E';
    return token !== '' && token.replaceAll('\n', '') === '' ? 'N' : 'T';
  });
  const answer = letters.slice(answerStart).join('');
  return [...answer.matchAll(/T*[NE]|T+$/g)].map(({ 0: line, index }) => {
    const start = answerStart + index;
    const body = tokens.slice(start, start + line.replace(/[NE]$/, '').length);
    const close = { N: 'newline', E: 'end' }[line.at(-1)!] ?? null;
    return { start, body, close: close as WrittenLine['close'] };
  });
}

/** What is known of an answer before it is parsed. */
export const unparsed = ({ tokens, answerStart }: Written) => ({
  kinds: tokens.map((_, pos): TokenKind => (pos < answerStart ? 'prompt' : 'other')),
  itemIndex: tokens.map((): number | null => null),
});
