/** Values of configs of small models, which several tests set. */
export const linear = { rope_type: 'linear', factor: 4 };
export const llama3 = {
  rope_type: 'llama3',
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 64,
};
/** Of a context in which the first pair's frequency is kept, the second's divided in part, the others' whole. */
export const yarn = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 48 };
export const SLIDING = 'sliding_attention';
export const FULL = 'full_attention';
