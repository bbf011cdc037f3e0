import { PROXY_NAMES } from './proxies.ts';
import { type Column, oneOf, real } from './table.ts';

/** In every table of attributions except those of the released data. */
export const metric = oneOf(
  PROXY_NAMES,
  'the metric that is attributed: the logit of the first token minus that of the second',
);

/**
 * What a feature's attribution multiplies the change of its value by: the gradient at the list as it is, or the mean of
 * the gradient along a path.
 */
export const METHODS = ['gradient', 'integrated'] as const;
export type Method = (typeof METHODS)[number];

/**
 * Where a path starts that ends at the list as it is: with all features of one SAE at 0, or at the values that they have
 * after the prompt with its qualifier swapped. Error term and uncounted positions stay as they are.
 */
export const PATHS = ['zero', 'swapped'] as const;
export type Path = (typeof PATHS)[number];

export const path = oneOf(
  PATHS,
  'where the features’ values start: at 0, or at those after the prompt with its qualifier swapped',
);

export const method = oneOf(
  METHODS,
  'what the change of a feature’s value is multiplied by: the gradient at the list as it is, or its mean along the path',
);

/** What a column has by the study's method, by the plain gradient. @param what the other column has */
export const byGradient = (what: string): Column<number> =>
  real(
    `${what} to first order: change of the value × gradient at the list as it is along its decoder direction`,
    'logits',
  );
