import { oneOf, text } from '../table.ts';

export const file = text('name of the released file');

export const metric = oneOf(
  ['logit_difference', 'log_probability'],
  'metric that was attributed, according to the file’s name and the author’s code: the logit of the lone blank minus that of the newline, or the negative log-probability of the blank',
);
