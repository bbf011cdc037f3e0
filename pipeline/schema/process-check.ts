import { template } from './shared-columns.ts';
import { flag, integer, nullable, oneOf, real, table } from './table.ts';

export const QUANTITIES = [
  'items_per_list',
  'blank_after_last',
  'lists_with_repeats',
  'items_off_topic',
  'entropy_rise',
  'entropy_last_rise_corrupted',
  'kl',
] as const;
export type Quantity = (typeof QUANTITIES)[number];

export const processCheck = table(
  'process_check',
  'one comparison of the miniature with its generating process',
  {
    quantity: oneOf(QUANTITIES, 'the quantity that is compared; defined on the about page'),
    template,
    process: real('mean in the generating process, sampled with the same settings', 'of quantity'),
    measured: real('mean in the model’s lists', 'of quantity'),
    ci_low: real('lower end of the confidence interval of measured', 'of quantity'),
    ci_high: real('upper end of the confidence interval of measured', 'of quantity'),
    n: integer('number of lists, items or tokens averaged in measured'),
    target_low: nullable(
      real('lower bound of the training target; null where none', 'of quantity'),
    ),
    target_high: nullable(
      real('upper bound of the training target; null where none', 'of quantity'),
    ),
    met: nullable(flag('whether measured is within the training target; null without a target')),
  },
);
