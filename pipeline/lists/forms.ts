import { exampleLists } from './examples.ts';
import type { ListForm } from './form.ts';

/** The end of the turn right after an item, or after the newline that follows it. */
const TURN_ENDS = {
  request: 'chat',
  examples: [],
  opening: '-',
  marker: '-',
  endings: [],
  events: {
    item: { end: null, again: '\n' },
    newline: { end: null, again: '-' },
  },
} as const satisfies ListForm;

/** The same forms with an asterisk before each item. */
const starred = <F extends ListForm>(form: F): ListForm => ({
  ...form,
  opening: '*',
  marker: '*',
  events: { ...form.events, newline: { ...form.events.newline, again: '*' } },
});

/** A text of a heading and items, which a blank line ends: one token of two or more newlines. */
const TEXT = {
  request: 'text',
  examples: [],
  opening: '-',
  marker: '-',
  endings: ['\n\n', '\n\n\n'],
  events: {
    item: { end: '\n\n', again: '\n' },
    newline: { end: '\n', again: '-' },
  },
} as const satisfies ListForm;

/** Every form of list, by its name in study files. */
export const FORMS = {
  /**
   * A hyphen before each item. Gemma 2 writes a blank in place of the newline after the last item, then stops. If it
   * writes a newline after the last item, it stops after that.
   */
  'hyphens-blank': {
    ...TURN_ENDS,
    events: { ...TURN_ENDS.events, item: { end: ' ', again: '\n' } },
  },
  /** A hyphen before each item; the turn ends right after the last item. */
  'hyphens-turn': TURN_ENDS,
  /** The same after three other lists, each an earlier turn of the chat. */
  'hyphens-turn-examples': {
    ...TURN_ENDS,
    examples: exampleLists(
      (qualifier, topic) =>
        `Provide me with a ${qualifier}list of ${topic}. Just provide the names, no need for any other information.`,
    ),
  },
  /** A heading and items as plain text, for a base model; a blank line ends the list. */
  'hyphens-text': TEXT,
  /** The same after three other lists. */
  'hyphens-text-examples': {
    ...TEXT,
    examples: exampleLists((qualifier, topic) => `A ${qualifier}list of ${topic}:`),
  },
  /** An asterisk before each item; the turn ends right after the last item. */
  'stars-turn': starred(TURN_ENDS),
  /** A heading and items with asterisks as plain text; a blank line ends the list. */
  'stars-text': starred(TEXT),
} satisfies Readonly<Record<string, ListForm>>;
export type FormName = keyof typeof FORMS;
export const FORM_NAMES = Object.keys(FORMS) as FormName[];
