import { exampleLists } from './examples.ts';
import { ANY_OTHER, type ListForm, NUMBER_DUE, type VaryingToken } from './form.ts';
import type { ItemLayout } from './item-layout.ts';
import { requestWords } from './request-words.ts';

/** The end of the turn right after an item, or after the newline that follows it. */
const TURN_ENDS = {
  request: 'chat',
  examples: [],
  opening: '-',
  layout: { by: 'marker', marker: '-' },
  endings: [],
  events: {
    item: { end: null, again: '\n' },
    newline: { end: null, again: '-' },
  },
} as const satisfies ListForm;

/** A text of a heading and items, which a blank line ends: one token of two or more newlines. */
const TEXT = {
  request: 'text',
  examples: [],
  opening: '-',
  layout: { by: 'marker', marker: '-' },
  endings: ['\n\n', '\n\n\n'],
  events: {
    item: { end: '\n\n', again: '\n' },
    newline: { end: '\n', again: '-' },
  },
} as const satisfies ListForm;

type LineLayout = Exclude<ItemLayout, { by: 'comma' }>;

/** The same forms with something else before each item: another token, a number, or nothing. */
function withLayout(form: ListForm, layout: LineLayout): ListForm {
  const { events } = form;
  const [opening, again] = beforeItems(layout);
  return { ...form, opening, layout, events: { ...events, newline: { ...events.newline, again } } };
}

/** What an answer is begun with, and what stands after a newline before another item. */
function beforeItems(layout: LineLayout): [opening: string, again: string | VaryingToken] {
  if (layout.by === 'marker') return [layout.marker, layout.marker];
  return layout.by === 'number' ? ['1.', NUMBER_DUE] : ['', ANY_OTHER];
}

/** A form after three other lists. */
const withExamples = (form: ListForm): ListForm => ({
  ...form,
  examples: exampleLists((qualifier, topic) => requestWords(form, qualifier, topic)),
});

const STARRED = { by: 'marker', marker: '*' } as const;
const NUMBERED_TURN = withLayout(TURN_ENDS, { by: 'number' });
const NUMBERED_TEXT = withLayout(TEXT, { by: 'number' });
const LINES_TEXT = withLayout(TEXT, { by: 'line' });

/** All items on one line. After the comma, `and` leads to the end, and any other token to another item. */
const COMMAS_TURN = {
  request: 'chat',
  examples: [],
  opening: '',
  layout: { by: 'comma' },
  endings: [],
  events: {
    item: { end: null, again: ',' },
    newline: { end: ' and', again: ANY_OTHER },
  },
} as const satisfies ListForm;

/** The same as a text that goes on after a heading, to the end of its line. */
const COMMAS_TEXT = {
  ...COMMAS_TURN,
  request: 'text',
  endings: ['\n', '\n\n', '\n\n\n'],
  events: { ...COMMAS_TURN.events, item: { end: '.', again: ',' } },
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
  'hyphens-turn-examples': withExamples(TURN_ENDS),
  /** A heading and items as plain text, for a base model; a blank line ends the list. */
  'hyphens-text': TEXT,
  /** The same after three other lists. */
  'hyphens-text-examples': withExamples(TEXT),
  /** An asterisk before each item; the turn ends right after the last item. */
  'stars-turn': withLayout(TURN_ENDS, STARRED),
  /** A heading and items with asterisks as plain text; a blank line ends the list. */
  'stars-text': withLayout(TEXT, STARRED),
  /** A number and a full stop before each item; the turn ends right after the last item. */
  'numbered-turn': NUMBERED_TURN,
  'numbered-turn-examples': withExamples(NUMBERED_TURN),
  /** A heading and numbered items as plain text; a blank line ends the list. */
  'numbered-text': NUMBERED_TEXT,
  'numbered-text-examples': withExamples(NUMBERED_TEXT),
  /** All items on one line, with commas; the turn ends right after the last item. */
  'commas-turn': COMMAS_TURN,
  /** The same, with a full stop after the last item. */
  'commas-stop': {
    ...COMMAS_TURN,
    events: { ...COMMAS_TURN.events, item: { end: '.', again: ',' } },
  },
  /** Items on the line of their heading as plain text; a full stop ends the list. */
  'commas-text': COMMAS_TEXT,
  'commas-text-examples': withExamples(COMMAS_TEXT),
  /** An item on each line, without a marker; the turn ends right after the last item. */
  'lines-turn': withLayout(TURN_ENDS, { by: 'line' }),
  /** A heading and an item on each line, without a marker; a blank line ends the list. */
  'lines-text': LINES_TEXT,
  'lines-text-examples': withExamples(LINES_TEXT),
} satisfies Readonly<Record<string, ListForm>>;
export type FormName = keyof typeof FORMS;
export const FORM_NAMES = Object.keys(FORMS) as FormName[];
