import type { ListForm } from './form.ts';

/** Every form of list, by its name in study files. */
export const FORMS = {
  /**
   * A hyphen before each item. Gemma 2 writes a blank in place of the newline after the last item, then stops. If it
   * writes a newline after the last item, it stops after that.
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
