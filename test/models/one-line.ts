import assert from 'node:assert/strict';

/** A check of an error of a model: one line that ends with a remedy. */
export const oneLine = (message: RegExp) => (error: Error) => {
  assert.match(error.message, message);
  assert.match(error.message, /^[^\n]+: (fetch or train|set tie_word_embeddings)[^\n:]+$/);
  return true;
};
