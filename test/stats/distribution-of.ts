import type { Distribution } from '../../pipeline/stats/distribution.ts';

/** A distribution over tokens that are numbered from 0. */
export const distributionOf = (probs: readonly number[]): Distribution => ({
  ids: Int32Array.from(probs.keys()),
  probs: Float64Array.from(probs),
});
