import { oneOf, text } from '../table.ts';

export const file = text('name of the released file');

export const metric = oneOf(
  ['logit_difference', 'log_probability'],
  'what was attributed, by the file’s name and the author’s code: the lone blank’s logit less the newline’s, or the negative log-probability of the blank',
);
