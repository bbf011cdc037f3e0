import { stemmer } from 'stemmer';

/** A word of a text, where it stands. */
export interface PlacedWord {
  readonly word: string;
  readonly from: number;
  readonly to: number;
}

/** The words of a text: names with underscores, numbers with their decimals, and words with their apostrophes are one. */
export const placedWords = (text: string): PlacedWord[] =>
  [...fold(text).matchAll(WORD)].map(({ 0: word, index }) => ({
    word,
    from: index,
    to: index + word.length,
  }));

/** What a word is looked up by: its stem, so that `stops` finds `stop` and `entropies` finds `entropy`. */
export function termOf(word: string): string {
  const plain = fold(word).replace(/'s?$/, '');
  return /^[a-z]+$/.test(plain) ? stemmer(plain) : plain;
}

/**
 * The words of a question that say what it is about, folded: without case, accents and typographers' quotes. Words such
 * as `why` and `the` are left out, unless there are no others.
 */
export function wordsOf(question: string): string[] {
  const words = [...new Set(placedWords(question).map(({ word }) => word))];
  const telling = words.filter((word) => !COMMON.has(word));
  return telling.length > 0 ? telling : words;
}

/** One character for each, so that places in the folded text are those in the text. */
export const fold = (text: string): string =>
  [...text]
    .map((char) => {
      const plain = char.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
      return (QUOTES[plain] ?? plain).padEnd(char.length).slice(0, char.length);
    })
    .join('');

const WORD = /\d+(?:[.,]\d+)*(?![\p{L}_])|[\p{L}\p{N}_]+(?:'\p{L}+)?/gu;

const QUOTES: Readonly<Record<string, string>> = {
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '−': '-',
  '\u00a0': ' ',
  '\u202f': ' ',
};

const COMMON = new Set(
  `a an and are as at be been but by can could did do does for from had has have how i if in into is it its of on or
  our so than that the their them then there these they this those to was we were what when where which who why will
  with would you`.split(/\s+/),
);
