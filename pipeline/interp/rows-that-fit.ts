/** Largest [B, T, d_vocab] block: 2²⁷ elements are 0.5 GB, of which a graph holds a few. */
const MAX_LOGITS = 2 ** 27;

/** Sequences whose logits fit at every position, where the longest has so many tokens; one always does. */
export const rowsThatFit = (longest: number, dVocab: number): number =>
  Math.max(1, Math.floor(MAX_LOGITS / (longest * dVocab)));
