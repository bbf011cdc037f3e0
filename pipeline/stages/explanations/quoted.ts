import type { Described } from './described.ts';
import type { Predict } from './rules.ts';

/** Words of several tokens are found up to so many. */
const MOST_TOKENS = 6;

/**
 * What the words that an explanation quotes say of a feature: 1 at the tokens that end one of them, else 0. Case and spaces around
 * a word do not matter.
 * @returns null where it quotes nothing that is a token or a few tokens of the lists
 */
export function quotedRule(explanation: string, described: Described): Predict | null {
  const words = new Set(quotedWords(explanation).map(plain));
  const matches = new Set(
    [...described.texts.keys()].filter((position) =>
      endingsAt(position, described).some((text) => words.has(text)),
    ),
  );
  return matches.size === 0 ? null : (position) => (matches.has(position) ? 1 : 0);
}

/** The texts between quotation marks; an apostrophe within a word is none. */
export const quotedWords = (explanation: string): string[] =>
  [...explanation.matchAll(/"([^"]+)"|“([^”]+)”|`([^`]+)`|(?<!\w)['‘]([^'’]+)['’](?!\w)/g)]
    .map((match) => match.slice(1).find((text) => text !== undefined) ?? '')
    .map((text) => text.replaceAll('\\n', '\n'));

/** Without case and surrounding spaces, unless there is nothing else. */
const plain = (text: string): string => (text.trim() === '' ? text : text.trim().toLowerCase());

/** The texts of the last one, two, … tokens up to a position of a list. White space alone ends no word. */
function endingsAt(position: number, { texts, starts }: Described): string[] {
  const start = starts.findLast((first) => first <= position)!;
  const isSpace = texts[position]!.trim() === '';
  const most = isSpace ? 1 : Math.min(MOST_TOKENS, position - start + 1);
  return Array.from({ length: most }, (_, i) =>
    plain(texts.slice(position - i, position + 1).join('')),
  );
}
