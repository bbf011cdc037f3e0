import { template } from './shared-columns.ts';
import { integer, oneOf, type Row, real, table, text } from './table.ts';

export const ROBUSTNESS_METRICS = ['n_items', 'ended', 'loops', 'p_end', 'word_effect'] as const;

export const robustness = table(
  'robustness',
  'one mean over the lists of one form and template, with its interval: the study’s own form, and another',
  {
    form: text('name of the form of the lists'),
    template,
    metric: oneOf(
      ROBUSTNESS_METRICS,
      'n_items: items of a list; ended: share that ends before the limit; loops: share with the same item three times running; p_end: probability of the event end after an item; word_effect: log of that probability over the one after the prompt with the qualifier swapped',
    ),
    mean: real('mean', 'unit of the metric'),
    ci_low: real('lower end of the confidence interval', 'unit of the metric'),
    ci_high: real('upper end of the confidence interval', 'unit of the metric'),
    n: integer('number of lists or items averaged'),
  },
);

export type RobustnessRow = Row<typeof robustness>;
