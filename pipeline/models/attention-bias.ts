import type { Value } from '../graph/builder.ts';
import { cast, less, lessOrEqual, reshape, sub, where } from '../graph/ops.ts';
import type { AttentionBias } from './architecture.ts';
import { type ByKind, mapKinds } from './attention-kind.ts';

/** Key positions that no query sees: padding, and slots of a cache that are still empty. */
export const NEVER = 2 ** 30;

/** Far below every score, and still finite: a row with nothing to see gives no NaN. */
const HIDDEN = -1e9;

/**
 * A query at position i sees a key at position j ≤ i; in a sliding layer also j > i − window.
 * @param queries int64 [B, T]
 * @param keys int64 [B, S], NEVER where there is none
 * @param windows of the kinds of layer that the model has; null where all earlier keys are seen
 * @returns [B, 1, T, S] of `dtype` for each kind
 */
export function attentionBias(
  queries: Value,
  keys: Value,
  windows: ByKind<number | null>,
  dtype: 'float32' | 'float64' = 'float32',
): AttentionBias {
  const { graph } = queries;
  const [batch, t] = queries.shape;
  // Positions are small, and not every provider compares int64.
  const q = reshape(cast(queries, 'int32'), [batch!, 1, t!, 1]);
  const k = reshape(cast(keys, 'int32'), [batch!, 1, 1, keys.shape[1]!]);
  const hidden = graph.scalar(HIDDEN, dtype);
  const causal = where(lessOrEqual(k, q), graph.scalar(0, dtype), hidden);
  return mapKinds(windows, (window) => {
    if (window === null) return causal;
    const near = less(sub(q, graph.scalar(window, 'int32')), k);
    return where(near, causal, hidden);
  });
}
