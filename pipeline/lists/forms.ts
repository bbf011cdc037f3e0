import type { ListForm } from './form.ts';

/** Every form of list that can be asked for, by the name that study files give it. */
export const FORMS = {
  /**
   * A hyphen before each item. Before the end of the list stands a blank in place of a newline, as Gemma 2 writes it;
   * where the last item has a newline all the same, the answer stops after it.
   */
  'hyphens-blank': {
    opening: '-',
    marker: '-',
    events: {
      item: { end: ' ', again: '\n' },
      newline: { end: null, again: '-' },
    },
  },
} satisfies Readonly<Record<string, ListForm>>;
export type FormName = keyof typeof FORMS;
export const FORM_NAMES = Object.keys(FORMS) as FormName[];
