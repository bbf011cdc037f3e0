/** Far above any model's, and few enough to be listed in memory. */
export const MOST_LAYERS = 10_000;
export const MOST_POSITIONS = 2 ** 20;

/**
 * Graphs compute in float32: what a config says is multiplied and divided there, and with numbers beyond these limits, which no
 * model has, sums would become infinite or 0 without a word.
 */
export const LEAST_NUMBER = 1e-30;
export const GREATEST_NUMBER = 1e30;
