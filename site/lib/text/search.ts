/** A piece of the text that a search can find. */
export interface Passage {
  /** Within the site, without its base. */
  readonly path: string;
  readonly title: string;
  /** The heads that it stands under, from the page's own. */
  readonly within: readonly string[];
  readonly text: string;
  /** Reference, such as what a column means: what the report says of a word comes before it. */
  readonly minor: boolean;
}

/** A feature, as far as a search goes. */
export interface FoundFeature {
  readonly feature_id: string;
  readonly promotes: string;
  readonly explanation: string;
  readonly place: string;
}

/** A piece of an excerpt. */
export interface Piece {
  readonly text: string;
  readonly found: boolean;
}

/** The words of a question, folded: without case, accents and typographers' quotes. */
export const wordsOf = (question: string): string[] => [
  ...new Set(
    fold(question)
      .split(/\s+/)
      .filter((word) => word !== ''),
  ),
];

/** Passages that have every word, those first that have them in their titles, then where they stand earliest and often. */
export function findPassages(passages: readonly Passage[], words: readonly string[]): Passage[] {
  if (words.length === 0) return [];
  return passages
    .map((passage) => ({ passage, score: scoreOf(passage, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ passage }) => passage);
}

/** Features with every word in their name, explanation, tokens or place; a name that is or begins with a word first. */
export function findFeatures<F extends FoundFeature>(
  features: readonly F[],
  words: readonly string[],
): F[] {
  if (words.length === 0) return [];
  const rank = ({ feature_id: id, explanation }: F) => {
    const named = words.some((word) => id === word)
      ? 3
      : words.some((word) => id.startsWith(word))
        ? 2
        : 0;
    return named || (words.some((word) => fold(explanation).includes(word)) ? 1 : 0);
  };
  return features
    .filter(({ feature_id, explanation, promotes, place }) => {
      const text = fold(`${feature_id} ${explanation} ${promotes} ${place}`);
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) => rank(b) - rank(a));
}

/** Characters of an excerpt, about. */
const LENGTH = 180;

/** The surroundings of the first word found in a text, with every word marked. */
export function excerpt(text: string, words: readonly string[]): Piece[] {
  const folded = fold(text);
  const at = Math.max(
    0,
    Math.min(
      ...words.map((word) => folded.indexOf(word)).filter((place) => place >= 0),
      text.length,
    ),
  );
  const from = at === text.length || at < LENGTH / 3 ? 0 : text.indexOf(' ', at - LENGTH / 3) + 1;
  const to = from + LENGTH >= text.length ? text.length : text.lastIndexOf(' ', from + LENGTH);
  const pieces: Piece[] = from > 0 ? [{ text: '… ', found: false }] : [];
  let end = from;
  for (let place = from; place < to; ) {
    const word = words.find((word) => folded.startsWith(word, place));
    if (word === undefined) {
      place += 1;
      continue;
    }
    if (place > end) pieces.push({ text: text.slice(end, place), found: false });
    end = place + word.length;
    pieces.push({ text: text.slice(place, end), found: true });
    place = end;
  }
  pieces.push({
    text: `${text.slice(end, Math.max(to, end))}${to < text.length ? ' …' : ''}`,
    found: false,
  });
  return pieces.filter(({ text }) => text !== '');
}

function scoreOf({ title, within, text, minor }: Passage, words: readonly string[]): number {
  const [head, body, above] = [title, text, within.join(' ')].map(fold) as [string, string, string];
  let score = 0;
  for (const word of words) {
    const times = body.split(word).length - 1;
    const found =
      (head.includes(word) ? 20 : 0) + (above.includes(word) ? 2 : 0) + Math.min(times, 8);
    if (found === 0) return 0;
    score += found;
  }
  return minor ? score / 10 : score;
}

/** One character for each, so that places in the folded text are those in the text. */
const fold = (text: string): string =>
  [...text]
    .map((char) => {
      const plain = char.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
      return (QUOTES[plain] ?? plain).padEnd(char.length).slice(0, char.length);
    })
    .join('');

const QUOTES: Readonly<Record<string, string>> = {
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '−': '-',
  '\u00a0': ' ',
  '\u202f': ' ',
};
