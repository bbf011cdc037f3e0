import { placedWords, termOf } from './search-words.ts';

/** A piece of an excerpt. */
export interface Piece {
  readonly text: string;
  readonly found: boolean;
}

/** Characters of an excerpt, about. */
const LENGTH = 180;

/** The surroundings of the first word of a text that is looked for, with every such word marked. */
export function excerpt(text: string, isFound: (term: string) => boolean): Piece[] {
  const found = placedWords(text).filter(({ word }) => isFound(termOf(word)));
  const at = found[0]?.from ?? 0;
  const from = at < LENGTH / 3 ? 0 : text.indexOf(' ', at - LENGTH / 3) + 1;
  const to = from + LENGTH >= text.length ? text.length : text.lastIndexOf(' ', from + LENGTH);
  const pieces: Piece[] = [{ text: from > 0 ? '… ' : '', found: false }];
  let end = from;
  for (const place of found.filter((place) => place.from >= from && place.to <= to)) {
    pieces.push({ text: text.slice(end, place.from), found: false });
    pieces.push({ text: text.slice(place.from, place.to), found: true });
    end = place.to;
  }
  pieces.push({
    text: `${text.slice(end, Math.max(to, end))}${to < text.length ? ' …' : ''}`,
    found: false,
  });
  return pieces.filter(({ text }) => text !== '');
}
