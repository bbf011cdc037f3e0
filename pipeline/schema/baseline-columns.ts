import { integer, nullable, oneOf, real } from './table.ts';

/**
 * `baseline`: the list as it was. `steering`: the difference that the qualifier makes at the end of the prompt is
 * added. `steering_item_end`: that which it makes at the end of each item. `end_logit`: what ends an answer is made
 * less likely. `ban_end`, `ban_blank`, `ban_both`: what ends an answer, the
 * token of the event `end` after an item (Gemma's blank), or both are never sampled. `swap_word`, `drop_word`: another qualifier, or none.
 */
export const METHODS = [
  'baseline',
  'steering',
  'steering_item_end',
  'end_logit',
  'ban_end',
  'ban_blank',
  'ban_both',
  'swap_word',
  'drop_word',
] as const;
export type Method = (typeof METHODS)[number];

/** Those that add a vector to the residual stream. */
export const STEERING_METHODS = ['steering', 'steering_item_end'] as const;

export const method = oneOf(METHODS, 'what is done to get another list');

export const layer = nullable(integer('the layer after which a vector is added; steering only'));

export const strength = nullable(
  real(
    'of steering: length of what is added, as a share of the residual stream’s there; of end_logit: how far the logits are lowered, in logits',
  ),
);

export const crossEntropy = real(
  'mean next-token cross-entropy of the answer, stop token included, under the model as it is and the list’s own prompt',
  'nats a token',
);

/** How a metric differs from the same lists’ baseline. */
export const difference = {
  mean: real('mean difference from the same lists’ baseline', 'unit of the metric'),
  variance: nullable(real('sample variance of the difference; none for one alone')),
  ci_low: real('lower end of the interval', 'unit of the metric'),
  ci_high: real('upper end of the interval', 'unit of the metric'),
  arm_mean: real('mean under the method or arm itself', 'unit of the metric'),
  n: integer('lists averaged; topics for topic_shannon_index'),
};
