import type { Arm } from '../../schema/ablation-columns.ts';
import type { ListPair } from '../differences.ts';
import type { MeasuredOutcome } from './outcome.ts';

export type Pair = ListPair<MeasuredOutcome['row']>;

/** What edited lists are compared with. */
export interface Unedited {
  /** The sampled lists themselves. */
  readonly baselines: readonly MeasuredOutcome[];
  /** The same written again with other noise and no edit. */
  readonly resampled: readonly MeasuredOutcome[];
}

/**
 * Pairs each list with an unedited one of the same prompt and other noise: an edit that does nothing then has the variance
 * of chance, and not an effect of exactly 0; and no list is compared with one that was chosen because it ended. Lists with
 * nothing edited on their own noise are compared with the sampled lists, to which they must be equal.
 */
export function comparisonOf({ baselines, resampled }: Unedited): (list: MeasuredOutcome) => Pair {
  const baselineOf = new Map(baselines.map((list) => [listKey(list), list]));
  const byDraw = new Map(resampled.map((list) => [drawKey(list, list.row.draw), list]));
  const nDraws = new Set(resampled.map(({ row }) => row.draw)).size;
  return (outcome) => {
    const { arm, draw } = outcome.row;
    if (draw === null) return { outcome, baseline: baselineOf.get(listKey(outcome))! };
    const other = isResampled(arm) ? (draw + 1) % nDraws : draw;
    return { outcome, baseline: byDraw.get(drawKey(outcome, other))! };
  };
}

const isResampled = (arm: Arm): boolean => arm === 'resampled';

const listKey = ({ row }: MeasuredOutcome): string => `${row.sample_id} ${row.protocol}`;
const drawKey = (list: MeasuredOutcome, draw: number | null): string => `${listKey(list)} ${draw}`;
