/** Largest number of logits [B, T, d_vocab] in a batch: 2²⁷ are 0.5 GB, and a graph holds several such values. */
const MAX_LOGITS = 2 ** 27;

/**
 * Number of sequences in a batch whose logits at every position stay within MAX_LOGITS; at least 1.
 * @param longest tokens of the longest sequence
 */
export const rowsThatFit = (longest: number, dVocab: number): number =>
  Math.max(1, Math.floor(MAX_LOGITS / (longest * dVocab)));
