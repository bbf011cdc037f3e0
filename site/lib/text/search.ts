import MiniSearch from 'minisearch';
import { placedWords, termOf, wordsOf } from './search-words.ts';

/** A piece of the text that a search can find. */
export interface Passage {
  /** Within the site, without its base. */
  readonly path: string;
  readonly title: string;
  /** The heads that it stands under, from the page's own. */
  readonly within: readonly string[];
  readonly text: string;
  /** What its tables say in words, and the numbers in them. */
  readonly cells: string;
  readonly digits: string;
  /** Reference, such as what a column means: what the report says of a word comes before it. */
  readonly minor: boolean;
}

/** What a question finds, best first. */
export interface FoundPassages {
  readonly passages: readonly Passage[];
  /** Whether each has every word of the question; else none has, and these have some. */
  readonly all: boolean;
  /** Whether a word of a passage, by its term, was looked for. */
  readonly isFound: (term: string) => boolean;
}

/** A search over passages by the stems of words and their beginnings. Its index is made once. */
export function searchIn(passages: readonly Passage[]): (question: string) => FoundPassages {
  const index = new MiniSearch<Passage & { id: number }>({
    fields: Object.keys(WEIGHTS),
    extractField: (passage, field) =>
      field === 'within' ? passage.within.join(' ') : String(Reflect.get(passage, field)),
    tokenize: (text) => placedWords(text).map(({ word }) => word),
    processTerm: termOf,
  });
  index.addAll(passages.map((passage, id) => ({ id, ...passage })));
  return (question) => {
    const ask = (combineWith: 'AND' | 'OR', fuzzy: number) =>
      index.search(wordsOf(question).join(' '), {
        combineWith,
        fuzzy: (term) => (term.length >= SPELT && /^\p{L}+$/u.test(term) ? fuzzy : false),
        prefix: (term) => term.length >= BEGUN,
        boost: WEIGHTS,
        boostDocument: (id) => (passages[Number(id)]?.minor ? MINOR : 1),
      });
    const together = ask('AND', 0);
    const found = together.length > 0 ? together : ask('OR', FUZZY);
    const terms = new Set(found.flatMap(({ terms }) => terms));
    return {
      passages: found.flatMap(({ id }) => passages[Number(id)] ?? []),
      all: together.length > 0,
      isFound: (term) => terms.has(term),
    };
  };
}

/** What is written over a passage says most of it, the numbers of its tables least. */
const WEIGHTS = { title: 8, within: 2, text: 2, cells: 0.5, digits: 0.05 };
const MINOR = 0.1;
/** Letters from which on a word may be misspelt, by this share of them, and from which on it may be only begun. */
const SPELT = 5;
const FUZZY = 0.2;
const BEGUN = 2;
