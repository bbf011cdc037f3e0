import type { Keep } from '../../engine/kept.ts';
import type { TokenPair } from '../../interp/patching/logit-diff-at.ts';
import {
  countPatchedRuns,
  type PatchReading,
  type PatchRow,
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

/** Some lists of a plan, whose patches are run and kept together. */
export interface PatchPiece extends Omit<PatchPlan, 'name'> {
  /** Of the piece, in file names. */
  readonly name: string;
}

/** Lists of a piece. Batches do not go across pieces: with another number, sums are taken in another order. */
const PIECE = 25;

export const piecesOf = (plan: PatchPlan): PatchPiece[] =>
  Array.from({ length: Math.ceil(plan.lists.length / PIECE) }, (_, piece) => {
    const [from, to] = [piece * PIECE, (piece + 1) * PIECE];
    return {
      ...plan,
      name: `${plan.name}-${plan.direction}-${piece}`,
      lists: plan.lists.slice(from, to),
      places: plan.places.slice(from, to),
    };
  });

/**
 * Run every patch of a plan, and measure how long that takes.
 * @param onEffects is given the effects of one piece after the other, in the order of the lists
 */
export async function runPatches(
  context: PatchContext,
  plan: PatchPlan,
  onEffects: (effects: readonly PatchEffect[]) => void,
): Promise<{ readonly seconds: number }> {
  let [seconds, first] = [0, 0];
  for (const piece of piecesOf(plan)) {
    const ran = await runPiece(context, piece);
    const topics = piece.lists.map(({ list }) => list.topic);
    onEffects(effectsOf(ran.result, topics, piece.places).map((effect) => inPlan(effect, first)));
    seconds += ran.seconds;
    first += piece.lists.length;
  }
  return { seconds };
}

/** An effect with the index of its list among all. @param first index of the piece's first list */
const inPlan = (effect: PatchEffect, first: number): PatchEffect => ({
  ...effect,
  list: effect.list + first,
});

/** The same, with the effects in memory. */
export async function collectPatches(
  context: PatchContext,
  plan: PatchPlan,
): Promise<{ readonly effects: PatchEffect[]; readonly seconds: number }> {
  const effects: PatchEffect[] = [];
  const { seconds } = await runPatches(context, plan, (found) => effects.push(...found));
  return { effects, seconds };
}

/** Run the patches of a piece. */
export function runPiece(
  { reader, pair, keep, onRuns }: PatchContext,
  piece: PatchPiece,
): Promise<{ readonly result: PatchRow[]; readonly seconds: number }> {
  const { layers, name } = piece;
  let before = 0;
  const onProgress = (done: number) => {
    onRuns(done - before);
    before = done;
  };
  return keep(name, () =>
    timed(() => patchResiduals(reader, readingsOf(piece), { pair, layers, onProgress })),
  );
}

/** Number of patched runs of a plan. */
export const runsOf = (plan: PatchPlan): number =>
  countPatchedRuns(readingsOf(plan), plan.layers.length);

const readingsOf = ({ lists, places, direction }: PatchPiece): PatchReading[] =>
  lists.map((list, i) => ({
    ...pairOf(list, direction),
    places: places[i]!.map(({ positions }) => positions),
  }));
