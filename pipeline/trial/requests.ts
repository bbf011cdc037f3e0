import type { ListForm } from '../lists/form.ts';
import { requestWords } from '../lists/request-words.ts';
import type { TemplateName } from '../schema/templates.ts';

/** Two words of opposite sense that stand before "list of", each with its leading space. */
export interface WordPair {
  readonly short: string;
  readonly long: string;
}

/** Pairs that are tried, in this order: a word must be one token, so that it can be swapped and nothing moves. */
export const WORD_PAIRS: readonly WordPair[] = [
  { short: ' short', long: ' long' },
  { short: ' brief', long: ' lengthy' },
  { short: ' small', long: ' large' },
];

/** The topics of a proposed study: those of the exploration that this project follows. */
export const STUDY_TOPICS = [
  'City Names',
  'Countries',
  'Animals',
  'Types of Trees',
  'Types of Flowers',
  'Fruits',
  'Vegetables',
  'Car Brands',
  'Sports',
  'Rivers',
  'Mountains',
  'Ocean',
  'Inventions',
  'Languages',
  'Capital Cities',
  'Movies',
  'Books',
  'TV Shows',
  'Famous Scientists',
  'Famous Writers',
  'Video Games',
  'Companies',
  'Colors',
] as const;

/** The topics of a trial: some of the study's. */
export const TRIAL_TOPICS = [
  'Countries',
  'Animals',
  'Fruits',
  'Vegetables',
  'Sports',
  'Rivers',
  'Languages',
  'Books',
  'Companies',
  'Colors',
] as const satisfies readonly (typeof STUDY_TOPICS)[number][];

/** How a list is asked for, with `{topic}` in place of the topic: by a message, or by a heading that is continued. */
export function requestOf(
  form: Pick<ListForm, 'request' | 'layout'>,
  template: TemplateName,
  words: WordPair,
): string {
  const qualifier = template === 'plain' ? '' : `${words[template].trimStart()} `;
  return requestWords(form, qualifier, '{topic}');
}
