import type { Keep } from '../../engine/kept.ts';
import type { TokenPair } from '../../interp/patching/logit-diff-at.ts';
import {
  countPatchedRuns,
  type PatchReading,
  patchResiduals,
} from '../../interp/patching/patch-residuals.ts';
import type { Reader } from '../../interp/reader.ts';
import type { Direction } from '../../schema/patching-columns.ts';
import { type PatchedList, pairOf } from './lists.ts';
import type { Place } from './places.ts';
import { timed } from './scores.ts';
import { effectsOf, type PatchEffect } from './shares.ts';

/** Places to patch in each list, and the layers after which they are. */
export interface PatchPlan {
  /** Of the part of the work, in file names. */
  readonly name: string;
  readonly direction: Direction;
  readonly lists: readonly PatchedList[];
  /** [list] */
  readonly places: readonly (readonly Place[])[];
  readonly layers: readonly number[];
}

export interface PatchContext {
  readonly reader: Reader;
  readonly pair: TokenPair;
  readonly keep: Keep;
  /** @param runs number of runs since the last report */
  readonly onRuns: (runs: number) => void;
}

/** Run every patch of a plan, and measure how long that takes. */
export async function runPatches(
  { reader, pair, keep, onRuns }: PatchContext,
  plan: PatchPlan,
): Promise<{ readonly effects: PatchEffect[]; readonly seconds: number }> {
  const { layers, lists, places, direction, name } = plan;
  let before = 0;
  const onProgress = (done: number) => {
    onRuns(done - before);
    before = done;
  };
  const { result, seconds } = await keep(`${name}-${direction}`, () =>
    timed(() => patchResiduals(reader, readingsOf(plan), { pair, layers, onProgress })),
  );
  const topics = lists.map(({ list }) => list.topic);
  return { effects: effectsOf(result, topics, places), seconds };
}

/** Number of patched runs of a plan. */
export const runsOf = (plan: PatchPlan): number =>
  countPatchedRuns(readingsOf(plan), plan.layers.length);

const readingsOf = ({ lists, places, direction }: PatchPlan): PatchReading[] =>
  lists.map((list, i) => ({
    ...pairOf(list, direction),
    places: places[i]!.map(({ positions }) => positions),
  }));
