import { oneOf, text } from './table.ts';
import type { TemplateName } from './templates.ts';

/** The templates under which lists of other authors are read. */
export const AUTHORED_TEMPLATES = ['short', 'long'] as const satisfies readonly TemplateName[];
export type AuthoredTemplate = (typeof AUTHORED_TEMPLATES)[number];

/** Authors besides the studies of other models, which are called by their names. */
export const BY_HAND = 'by-hand';
export const OWN = 'own';
/** What was made of the model's own lists. */
export const DERIVED = ['shuffled', 'cut', 'extended'] as const;
export type DerivedAuthor = (typeof DERIVED)[number];

export const author = text(
  'who wrote the list. own: the model itself, the first list of a topic and template; shuffled: the same items in another order; cut: the same up to half of its items; extended: the same with further items by hand after its end; by-hand: written for this project; otherwise the study whose model wrote it',
);

export const listId = text('id of the list: author, topic and template');

export const template = oneOf(
  AUTHORED_TEMPLATES,
  'template of the prompt after which the list is read, and which it answers',
);
