import { integer, nullable, oneOf, real } from './table.ts';

/**
 * `baseline`: the original list. `steering`, `steering_item_end`: adds a steering vector: the difference in the
 * residual stream between two qualifiers, measured at the end of the prompt or at the ends of items. `end_logit`:
 * lowers the logits of the stop tokens. `ban_end`, `ban_blank`, `ban_both`: never samples the stop tokens, the token of
 * the event `end` after an item (Gemma's blank), or both. `swap_word`, `drop_word`: replaces or removes the prompt's
 * qualifier.
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

/** The methods that add a vector to the residual stream. */
export const STEERING_METHODS = ['steering', 'steering_item_end'] as const;

export const method = oneOf(METHODS, 'the method by which the list is changed');

export const layer = nullable(
  integer('layer after which the steering vector is added; null for methods without steering'),
);

export const strength = nullable(
  real(
    'for steering: norm of the added vector, relative to the mean norm of the residual stream; for end_logit: amount subtracted from the logits; null for other methods',
  ),
);

export const crossEntropy = real(
  'mean next-token cross-entropy of the answer, including the stop token, under the unmodified model after the original prompt',
  'nats a token',
);

/** The test of a difference. */
export const p = nullable(
  real(
    'two-sided p-value of the mean difference against 0, from the studentised bootstrap of its interval, and not below 2 / (its resamples + 1); null for a single cluster, and where no difference is tested',
  ),
);

/** Columns of the difference in a metric from the baseline. */
export const difference = {
  mean: real('mean difference from the baseline of the same lists', 'unit of the metric'),
  variance: nullable(real('sample variance of the differences; null for a single difference')),
  ci_low: real('lower end of the confidence interval', 'unit of the metric'),
  ci_high: real('upper end of the confidence interval', 'unit of the metric'),
  arm_mean: real('mean of the metric under the method or arm', 'unit of the metric'),
  n: integer('number of lists averaged; number of topics for the diversities of a topic'),
};
