import { PROTOCOLS, type Protocol } from '../../schema/ablation-columns.ts';
import type { Settings } from '../../study/study.ts';
import type { Target } from './target.ts';

/** At how many features lists are ablated. */
export interface Doses {
  /** Number of features edited in every list. */
  readonly k: number;
  /** Other numbers, for the first list of each topic only. */
  readonly doses: readonly number[];
}

/** Where a study edits features. */
export const protocolsOf = ({ protocols }: Settings['ablation']): readonly Protocol[] =>
  protocols ?? PROTOCOLS;

/** Every number of features at which a list is ablated. */
export const dosesOf = ({ list }: Target, { k, doses }: Doses): number[] =>
  list.replicate === 0 ? [...new Set([k, ...doses])] : [k];

/** Whether a list has controls: every list, or the first of each topic. */
export const isControlled = ({ list }: Target, { controls }: Settings['ablation']): boolean =>
  controls.lists === 'all' || list.replicate === 0;
