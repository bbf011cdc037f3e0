import type { Protocol } from '../../schema/ablation-columns.ts';
import type { ActiveRow } from '../../schema/active-features.ts';
import type { Target } from './target.ts';

/** The features of one SAE that an intervention may change in a list, at the positions that a protocol can edit. */
export type PoolOf = (target: Target, protocol: Protocol) => readonly ActiveRow[];

/** @param rows of one SAE */
export function poolsOf(rows: readonly ActiveRow[]): PoolOf {
  const byList = Map.groupBy(rows, ({ sample_id }) => sample_id);
  return ({ list, kept }, protocol) =>
    (byList.get(list.sample_id) ?? []).filter(({ pos }) => pos < kept[protocol]);
}
