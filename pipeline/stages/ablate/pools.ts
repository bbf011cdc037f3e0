import type { Protocol } from '../../schema/ablation-columns.ts';
import type { ActiveRow } from '../../schema/active-features.ts';
import { type Editable, editableOf, type Intervention } from './edits.ts';
import type { Target } from './target.ts';

/** The features of one SAE that an intervention may change in a list, at the positions that a protocol can edit. */
export type PoolOf = (
  target: Target,
  protocol: Protocol,
  intervention: Intervention,
) => readonly Editable[];

/** The path that starts where an intervention sets features to. */
const PATHS = { zero: 'zero', swap: 'swapped' } as const;

/** @param rows of one SAE */
export function poolsOf(rows: readonly ActiveRow[]): PoolOf {
  const byList = Map.groupBy(rows, ({ sample_id, path }) => `${sample_id} ${path}`);
  return ({ list, kept }, protocol, intervention) =>
    (byList.get(`${list.sample_id} ${PATHS[intervention]}`) ?? [])
      .filter(({ pos }) => pos < kept[protocol])
      .map(editableOf);
}
