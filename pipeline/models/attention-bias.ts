import type { Value } from '../graph/builder.ts';
import { reshape } from '../graph/layout.ts';
import { cast, less, lessOrEqual, sub, where } from '../graph/ops.ts';
import type { AttentionBias } from './architecture.ts';
import { type ByAttentionKind, mapKinds } from './attention-kind.ts';

/** The position of a masked key: padding, or an empty slot of a cache. It is greater than that of any query. */
export const MASKED = 2 ** 30;

/** Far below every attention score but finite, so that a query without visible keys does not give NaN. */
const MASKED_SCORE = -1e9;

/**
 * Causal mask as an attention bias: a query at position i attends to keys at positions j ≤ i; in a layer with a sliding
 * window also j > i − window.
 * @param queries int64 [B, T]: positions
 * @param keys int64 [B, S]: positions, MASKED where a slot has no key
 * @param windows window of each kind of layer that the model has; null for no limit
 * @returns for each kind [B, 1, T, S], of type `dtype`
 */
export function attentionBias(
  queries: Value,
  keys: Value,
  windows: ByAttentionKind<number | null>,
  dtype: 'float32' | 'float64' = 'float32',
): AttentionBias {
  const { graph } = queries;
  const [batch, t] = queries.shape;
  // Positions fit int32, and not every provider compares int64.
  const q = reshape(cast(queries, 'int32'), [batch!, 1, t!, 1]);
  const k = reshape(cast(keys, 'int32'), [batch!, 1, 1, keys.shape[1]!]);
  const masked = graph.scalar(MASKED_SCORE, dtype);
  const causal = where(lessOrEqual(k, q), graph.scalar(0, dtype), masked);
  return mapKinds(windows, (window) => {
    if (window === null) return causal;
    const inWindow = less(sub(q, graph.scalar(window, 'int32')), k);
    return where(inWindow, causal, masked);
  });
}
