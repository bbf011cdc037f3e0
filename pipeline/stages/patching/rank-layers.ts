import { PATCHED_KINDS } from '../../schema/patching-columns.ts';
import type { TimedScores } from './scores.ts';
import type { PatchEffect } from './shares.ts';

/** The score of each layer by some lists, given by their indices; null where a layer has none. */
export type LayerScore = (lists: readonly number[]) => (number | null)[];

/** The mean over lists. */
export const meanScore =
  ({ byList }: Pick<TimedScores, 'byList'>): LayerScore =>
  (lists) =>
    byList[0]!.map((first, layer) =>
      first === null
        ? null
        : lists.reduce((sum, list) => sum + byList[list]![layer]!, 0) / lists.length,
    );

/** The sum over lists as a share of the word's effect in them. @param effects [list] */
export const shareScore =
  (byList: TimedScores['byList'], effects: readonly number[]): LayerScore =>
  (lists) => {
    const whole = lists.reduce((sum, list) => sum + effects[list]!, 0);
    return byList[0]!.map(
      (_, layer) => lists.reduce((sum, list) => sum + byList[list]![layer]!, 0) / whole,
    );
  };

/**
 * How far the word's effect moves between word, prompt and list at each layer: half the sum over the three of how much the
 * share that residual patching carries over changes from the layer before. Before the first layer, the word has all of it.
 *
 * @param effects of patching every kind of position after every layer
 */
export function movementScore(effects: readonly PatchEffect[]): LayerScore {
  const byLayer = Map.groupBy(effects, ({ layer }) => layer);
  const layers = [...byLayer.keys()].sort((a, b) => a - b);
  return (lists) => {
    const times = countEach(lists);
    let before = PATCHED_KINDS.map((kind) => Number(kind === 'word'));
    return layers.map((layer) => {
      const shares = sharesOf(byLayer.get(layer)!, times);
      const moved = shares.reduce((sum, share, i) => sum + Math.abs(share - before[i]!), 0) / 2;
      before = shares;
      return moved;
    });
  };
}

/** The share of each kind of position, by lists that count so many times. */
export function sharesOf(
  effects: readonly PatchEffect[],
  times: ReadonlyMap<number, number>,
  amount: 'moved' | 'estimate' = 'moved',
): number[] {
  return PATCHED_KINDS.map((kind) => {
    let [part, whole] = [0, 0];
    for (const effect of effects) {
      if (effect.place.region !== kind) continue;
      const weight = times.get(effect.list) ?? 0;
      part += weight * effect[amount];
      whole += weight * effect.whole;
    }
    return part / whole;
  });
}

/** How often each list is given. */
export function countEach(lists: readonly number[]): Map<number, number> {
  const times = new Map<number, number>();
  for (const list of lists) times.set(list, (times.get(list) ?? 0) + 1);
  return times;
}

/** The layers with a score, the highest first; of equal ones the earlier first. */
export const rankedLayers = (scores: readonly (number | null)[]): number[] =>
  scores
    .flatMap((score, layer) => (score === null ? [] : [{ score, layer }]))
    .sort((a, b) => b.score - a.score || a.layer - b.layer)
    .map(({ layer }) => layer);
