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

export const processCheck = table('process_check', 'one thing that the miniature was made to do', {
  quantity: oneOf(QUANTITIES, 'what is compared; the about page says how each is taken'),
  template,
  process: real('its value in the generating process, sampled at the same settings', 'of quantity'),
  measured: real("its value in the model's lists", 'of quantity'),
  ci_low: real('lower end of the interval of measured', 'of quantity'),
  ci_high: real('upper end of the interval of measured', 'of quantity'),
  n: integer('lists, items or tokens behind measured'),
  target_low: nullable(real('least value that the miniature was made for', 'of quantity')),
  target_high: nullable(real('largest value that the miniature was made for', 'of quantity')),
  met: nullable(flag('whether measured lies within the target')),
});
